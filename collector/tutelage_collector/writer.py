"""The one writer: verifies, commits in groups, signs checkpoints, then tells.

Order is safety: nothing is acknowledged, and no alert is shown, before the commit that holds it
is on the disk. Urgent batches go before bulk ones. A batch that cannot be stored now stops its
stream: what came behind it in the chain must not overtake it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import verify
from tutelage_collector.errors import StoreError
from tutelage_collector.store.chain import FRESH
from tutelage_collector.verify import RefusedError
from tutelage_wire import checkpoint, codec, keys, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.checkpoint import Checkpoint, CheckpointBody
from tutelage_wire.events import IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.config import Ingest
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert, Append, Head, Outcome
    from tutelage_collector.verify import Peer
    from tutelage_wire.batch import BatchHeader
    from tutelage_wire.events import DeviceId
    from tutelage_wire.merkle_log import LogRoot
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class StreamState:
    """One stream's memory across its batches; touched by the writer's thread only."""

    stopped: bool = False
    """A batch of it could not be stored: all that follow are answered with RETRY."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A batch as it came, and where the answer goes. ``reply`` is called from the writer."""

    raw: bytes
    lane: TravelLane
    peer: Peer
    stream: StreamState
    received_ms: int
    reply: Callable[[Answer], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one batch. ``outcome`` None = refused, or not now."""

    outcome: Outcome | None
    header: BatchHeader | None
    message: str = ""
    checkpoint: Checkpoint | None = None
    retry: bool = False


class CheckpointSigner:
    """Makes the only acknowledgement."""

    def __init__(
        self,
        key: ed25519.Ed25519PrivateKey,
        trust: str,
        clock: Clock,
        log_root: Callable[[], LogRoot],
    ) -> None:
        """Sign for ``trust`` with the collector's checkpoint key; ``log_root`` is the store's."""
        self.use(key)
        self._log_root = log_root
        self._trust, self._clock = trust, clock

    def use(self, key: ed25519.Ed25519PrivateKey) -> None:
        """Sign with another key from now on. From any thread."""
        self._key = (key.sign, keys.key_id(key.public_key().public_bytes_raw()))

    def sign(
        self, device_id: DeviceId, epoch: int, lane: TravelLane, head: Head | None
    ) -> Checkpoint:
        """Say where a chain stands. Call it after the commit only."""
        stands = head or FRESH
        # The time first: a checkpoint that says a later one never says a shorter log.
        now = self._clock()
        log = self._log_root()
        body = codec.encode_checkpoint_body(
            CheckpointBody(
                device_id,
                epoch,
                lane,
                stands.next_sequence,
                stands.head,
                now,
                self._trust,
                log.root,
                log.size,
            )
        )
        sign, key_id = self._key
        return Checkpoint(body, sign(checkpoint.signed_bytes(body)), key_id)


class Writer:
    """One thread that owns appending."""

    def __init__(
        self,
        settings: Ingest,
        store: Store,
        signer: CheckpointSigner,
        publish: Callable[[Sequence[Alert]], None],
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            settings: bounds of the group and of the queue.
            store: where batches go.
            signer: of checkpoints.
            publish: told the new alerts of a commit, right after it.
        """
        self._settings, self._store, self._signer = settings, store, signer
        self._publish = publish
        self._waiting: dict[TravelLane, deque[Submission]] = {lane: deque() for lane in TravelLane}
        self._bytes = 0
        self._ready = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join()

    def submit(self, one: Submission) -> None:
        """Queue a batch; it is answered through its ``reply``. From any thread."""
        with self._ready:
            full = self._closing or self._bytes > self._settings.queue_bytes
            if not full:
                self._waiting[one.lane].append(one)
                self._bytes += len(one.raw)
                self._ready.notify()
        if full:
            one.stream.stopped = True
            one.reply(Answer(None, None, "the collector has too much waiting", retry=True))

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._bytes and not self._closing:
                    self._ready.wait()
                if not self._bytes:
                    return
            self._write_group()

    def _write_group(self) -> None:
        """Verify and commit what is waiting, up to the group's bounds."""
        until = times.monotonic_ms() + self._settings.group_ms
        size = 0
        verified: list[tuple[Submission, Append]] = []
        refused: list[tuple[Submission, RefusedError]] = []
        retried: list[tuple[Submission, str]] = []
        while size < self._settings.group_bytes and times.monotonic_ms() <= until:
            one = self._take()
            if one is None:
                break
            size += len(one.raw)
            if one.stream.stopped:
                retried.append((one, "a batch before it could not be stored"))
                continue
            try:
                item = verify.verify(one.raw, one.lane, one.peer, one.received_ms)
            except RefusedError as error:
                refused.append((one, error))
                continue
            verified.append((one, item))
        self._commit(verified)
        for one, refusal in refused:
            self._refuse(one, refusal)
        for one, why in retried:
            one.reply(Answer(None, None, why, retry=True))

    def _take(self) -> Submission | None:
        with self._ready:
            for lane in (TravelLane.URGENT, TravelLane.BULK):
                if self._waiting[lane]:
                    one = self._waiting[lane].popleft()
                    self._bytes -= len(one.raw)
                    return one
        return None

    def _commit(self, verified: list[tuple[Submission, Append]]) -> None:
        if not verified:
            return
        # 1. The durable commit.
        try:
            results = self._store.append([item for _, item in verified])
        except StoreError as error:
            _LOG.error("nothing of %d batches could be stored: %s", len(verified), error)
            for one, item in verified:
                one.stream.stopped = True
                one.reply(Answer(None, item.header, _plain(error), retry=True))
            return
        # 2. Alerts, 3. receipts. All of the group is on the disk now, so that one checkpoint for
        # each chain says it for all of its batches.
        self._publish([alert for result in results for alert in result.alerts])
        stands = {
            (item.header.device_id, result.epoch, item.header.lane): result.present
            for (_, item), result in zip(verified, results, strict=True)
        }
        signed = {place: self._signer.sign(*place, head) for place, head in stands.items()}
        for (one, item), result in zip(verified, results, strict=True):
            header = item.header
            covering = signed[header.device_id, result.epoch, header.lane]
            one.reply(Answer(result.outcome, header, result.message, covering))

    def _refuse(self, one: Submission, error: RefusedError) -> None:
        """Say so to the sender, and to people: a refused batch is an integrity event."""
        _LOG.warning("refused: %s", error)
        try:
            self._store.add_integrity(
                IntegrityKind.BATCH_REFUSED,
                one.peer.device_id,
                one.peer.school,
                str(error),
                times.from_ms(one.received_ms),
            )
        except StoreError as fault:
            _LOG.error("a refused batch could not be recorded: %s", fault)
        one.reply(Answer(None, error.header, str(error)))


def _plain(error: StoreError) -> str:
    """Return what a device may know of the collector's trouble: no path."""
    return f"the collector cannot store now ({type(error).__name__})"
