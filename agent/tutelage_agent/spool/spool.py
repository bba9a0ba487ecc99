"""The spool: both lanes, their bounds, and what happens when a file is damaged."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, TypeVar

from tutelage_agent.errors import SpoolError
from tutelage_agent.spool import salvage
from tutelage_agent.spool.lane import ClosedBatch, DamagedError, LaneFile, Priority
from tutelage_wire import batch, codec
from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_agent.config import SpoolSettings
    from tutelage_wire.checkpoint import CheckpointBody
    from tutelage_wire.events import DeviceId, EventId
    from tutelage_wire.keys import Sign
    from tutelage_wire.times import Clock

BATCH_EVENTS = 100
BATCH_BYTES = 64 * 2**10
_EVICT_ORDER = (Priority.FINDING, Priority.CONCERN)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chain:
    """Whose chain the batches belong to."""

    trust_id: str
    device_id: DeviceId
    sign: Sign
    """Signs with the device's event-signing key."""


@dataclass(frozen=True, slots=True)
class SpoolStats:
    """What waits."""

    events: int
    bytes: int
    epoch: int
    quarantined: int
    urgent: int
    """Events of the urgent lane among them."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A lane's file was damaged and put aside."""

    lane: TravelLane
    salvaged: int
    lost: int


class Spool:
    """Both lanes. Thread-safe: sensors append while the uplink reads."""

    def __init__(self, folder: Path, key: bytes, settings: SpoolSettings, clock: Clock) -> None:
        """Open the spool; a damaged file is put aside and salvaged, never a reason to stop.

        Args:
            folder: below the agent's state folder; made where it is missing.
            key: 32 bytes, encrypts the records.
            settings: bounds.
            clock: names quarantined files, and dates batches.

        Raises:
            SpoolError: the folder cannot be written, or the disk is full.
        """
        self._folder, self._key, self._settings, self._clock = folder, key, settings, clock
        self._lock = RLock()
        self._dropped = 0
        self._damages: list[Damage] = []
        self._lanes: dict[TravelLane, LaneFile] = {}
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SpoolError(
                f"{folder}: cannot be made ({error.strerror}): "
                "give the agent's account this folder, or set state_folder in its settings"
            ) from error
        for lane in TravelLane:
            try:
                self._lanes[lane] = self._open(lane)
            except DamagedError:
                self._mend(lane)
        epochs = {one.chain().epoch for one in self._lanes.values()}
        self._epoch_wanted = "" if len(epochs) == 1 and 0 not in epochs else "state_lost"

    def close(self) -> None:
        """Close both files."""
        with self._lock:
            for one in self._lanes.values():
                one.close()

    @property
    def epoch_wanted(self) -> str:
        """Why a new epoch is needed before anything can be sent, or ""."""
        return self._epoch_wanted

    def want_epoch(self, reason: str) -> None:
        """Say that this chain cannot go on (a fork, a lost state)."""
        self._epoch_wanted = reason

    def start_epoch(self, epoch: int) -> None:
        """Begin the chain of an epoch that the collector granted."""
        with self._lock:
            for lane in TravelLane:
                self._guarded(lane, lambda one: one.start_epoch(epoch))
            self._epoch_wanted = ""

    def epoch(self) -> int:
        """Return the present epoch; 0 = none was granted yet."""
        with self._lock:
            return self._guarded(TravelLane.URGENT, LaneFile.chain).epoch

    def next_sequence(self, lane: TravelLane) -> int:
        """Return the number that the lane's next batch begins with."""
        with self._lock:
            return self._guarded(lane, LaneFile.chain).next_sequence

    def append(
        self, event: bytes, lane: TravelLane, priority: Priority, once: EventId | None = None
    ) -> None:
        """Keep one event; for the urgent lane it is on the disk when this returns.

        Args:
            event: encoded.
            lane: how it travels.
            priority: how long it is kept when the spool is full.
            once: its id, if what is found again after a crash has the same: it is kept once, also
                where it was sent and forgotten before the crash.

        Raises:
            SpoolError: the disk is full or read-only. The caller keeps the event's source
                unmarked, so that it is found again.
        """
        if len(event) > batch.MAX_EVENT_BYTES:
            raise SpoolError(f"an event of {len(event)} bytes; {batch.MAX_EVENT_BYTES} allowed")
        with self._lock:
            self._guarded(lane, lambda one: one.append(event, priority, once))

    def close_batch(self, lane: TravelLane, chain: Chain) -> bool:
        """Sign one batch over the oldest waiting events; False where none waits."""
        with self._lock:
            return self._guarded(lane, lambda one: self._close(one, chain))

    def next_batch(self, lane: TravelLane, after: int) -> tuple[int, SignedBatch] | None:
        """Return the first closed batch that begins after sequence ``after``, and its number."""
        with self._lock:
            found = self._guarded(lane, lambda one: one.batch_after(after))
        if found is None:
            return None
        return found.first_sequence, SignedBatch(
            found.header, found.events, found.signature, found.evicted
        )

    def acknowledge(self, body: CheckpointBody) -> None:
        """Forget what the collector has signed that it stored.

        A checkpoint of another epoch changes nothing; one that is ahead of this spool means that
        the spool was restored from an older copy, and asks for a new epoch.
        """
        with self._lock:
            state = self._guarded(body.lane, LaneFile.chain)
            if body.epoch != state.epoch:
                return
            if body.next_sequence > state.next_sequence:
                self._epoch_wanted = "state_lost"
                return
            self._guarded(body.lane, lambda one: one.forget_until(body.next_sequence))
            self._note_first_rows()

    def keep_within_bounds(self) -> None:
        """Give up bodies, lowest priority first, when the spool is over its bounds."""
        with self._lock:
            bound = min(
                self._settings.max_bytes,
                int(shutil.disk_usage(self._folder).free * self._settings.free_share),
            )
            for below in _EVICT_ORDER:
                excess = self.stats().bytes - bound
                if excess <= 0:
                    return
                self._dropped += self._guarded(
                    TravelLane.BULK, partial(LaneFile.evict, wanted_bytes=excess, below=below)
                )

    def take_dropped(self) -> int:
        """Return how many bodies were given up since the last call."""
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        return dropped

    def take_damages(self) -> list[Damage]:
        """Return what was damaged and salvaged since the last call."""
        with self._lock:
            damages, self._damages = self._damages, []
        return damages

    def stats(self) -> SpoolStats:
        """Return what waits."""
        with self._lock:
            sizes = {lane: self._guarded(lane, LaneFile.size) for lane in TravelLane}
            quarantined = len(list(self._folder.glob("*.quarantine-*[0-9]")))
            return SpoolStats(
                sum(events for events, _ in sizes.values()),
                sum(size for _, size in sizes.values()),
                self._guarded(TravelLane.URGENT, LaneFile.chain).epoch,
                quarantined,
                sizes[TravelLane.URGENT][0],
            )

    def _close(self, one: LaneFile, chain: Chain) -> bool:
        state = one.chain()
        waiting = one.waiting(BATCH_EVENTS)
        if state.epoch == 0 or self._epoch_wanted or not waiting:
            return False
        size = 0
        rows: list[int] = []
        events: list[bytes] = []
        for row, event in waiting:
            if events and size + len(event) > BATCH_BYTES:
                break
            rows.append(row)
            events.append(event)
            size += len(event)
        header = BatchHeader(
            device_id=chain.device_id,
            epoch=state.epoch,
            lane=one.lane,
            first_sequence=state.next_sequence,
            count=len(events),
            previous_head=state.head,
            merkle_root=batch.root_over(events),
            trust_id=chain.trust_id,
            closed_at=self._clock(),
        )
        encoded = codec.encode_header(header)
        one.close_batch(
            rows,
            ClosedBatch(
                first_sequence=header.first_sequence,
                next_sequence=header.next_sequence,
                header=encoded,
                signature=chain.sign(batch.signed_bytes(encoded)),
                head=batch.head_of(encoded),
                events=(),
                evicted=(),
            ),
        )
        return True

    def _open(self, lane: TravelLane) -> LaneFile:
        return LaneFile(self._path(lane), lane, self._key, always_sync=lane is TravelLane.URGENT)

    def _guarded(self, lane: TravelLane, call: Callable[[LaneFile], T]) -> T:
        """Make a call on a lane; damage met on the way is mended once, then it is made again."""
        try:
            return call(self._lanes[lane])
        except DamagedError:
            self._mend(lane)
            return call(self._lanes[lane])

    def _mend(self, lane: TravelLane) -> None:
        opened = self._lanes.pop(lane, None)
        if opened is not None:
            opened.close()
        aside = salvage.quarantine(self._path(lane), self._clock().strftime("%Y%m%d%H%M%S%f"))
        back = salvage.salvage(aside, lane, self._key, self._first_row(lane))
        fresh = self._open(lane)
        for priority, event in back.events:
            fresh.append(event, priority)
        self._lanes[lane] = fresh
        self._damages.append(Damage(lane, len(back.events), back.lost))
        self._epoch_wanted = "spool_salvaged"

    def _path(self, lane: TravelLane) -> Path:
        return self._folder / f"{lane.name.lower()}.db"

    def _first_row(self, lane: TravelLane) -> int:
        try:
            return int(self._path(lane).with_suffix(".row").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 1

    def _note_first_rows(self) -> None:
        """Keep, beside each file, its lowest row: a hint that bounds a later salvage."""
        for lane, one in self._lanes.items():
            waiting = one.first_row()
            self._path(lane).with_suffix(".row").write_text(str(waiting), encoding="ascii")
