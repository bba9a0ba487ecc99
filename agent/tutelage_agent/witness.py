"""What this device saw of the collector's log, kept so that nobody can show it another one later.

Each checkpoint holds size and root of the log of all that the collector stored, of every device.
The collector signed it: two that disagree prove, to anybody, that its records were cut short, put
back or shown in two forms. A device notices what it sees itself; what it kept, laid beside what
others kept (``tutelage-collector audit verify --against``), shows the rest.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_wire import codec
from tutelage_wire.checkpoint import Checkpoint
from tutelage_wire.errors import WireError
from tutelage_wire.events import IntegrityFinding, IntegrityKind
from tutelage_wire.merkle_log import LogRoot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_wire.checkpoint import CheckpointBody

FILE = "witnessed.json"
SAVE_EVERY_SECONDS = 60.0
MOST_DAYS = 60
"""Of each of so many days the last one is kept."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that the collector's key signed, and what it says."""

    signed: Checkpoint
    body: CheckpointBody

    @property
    def root(self) -> LogRoot:
        """What it says of the log."""
        return LogRoot(self.body.log_size, self.body.log_root)


class Witness:
    """Touched by the uplink's loop only; what it kept is read by anyone."""

    def __init__(
        self, folder: Path, trust_id: str, report: Callable[[IntegrityFinding], object]
    ) -> None:
        """Go on from what was kept in ``folder`` of a trust; ``report`` takes what is wrong."""
        self._path, self._report = folder / FILE, report
        self._days: dict[str, Seen] = {}
        for one in kept(folder):
            if one.body.trust_id != trust_id:
                continue  # of a trust that this device belonged to before
            self._days[f"{one.body.time:%Y-%m-%d}"] = one
        self._last = max(self._days.values(), key=_size, default=None)
        self._before = self._last
        """The last of the connection before this one."""
        self._said: tuple[int, int] | None = None
        self._saved = time.monotonic()

    def connected(self) -> None:
        """A connection begins: what was seen last in the one before stays apart."""
        self._before = self._last

    def save(self, *, now: bool = False) -> None:
        """Keep on the disk what was seen: when a connection ends, every ten minutes or so.

        Args:
            now: also where that was done a minute ago; a bad network ends many connections.

        Raises:
            OSError: it cannot be written.
        """
        if not now and time.monotonic() - self._saved < SAVE_EVERY_SECONDS:
            return
        self._saved = time.monotonic()
        rows = [
            {
                "body": one.signed.body.hex(),
                "signature": one.signed.signature.hex(),
                "key_id": one.signed.key_id.hex(),
            }
            for _, one in sorted(self._days.items())
        ]
        if rows:
            write_private(self._path, json.dumps({"checkpoints": rows}, indent=1).encode())

    def saw(self, signed: Checkpoint, body: CheckpointBody) -> None:
        """Keep a checkpoint whose signature was verified; say so if the log is another one."""
        if not body.log_size:
            return  # a collector of before there was a log
        seen, last = Seen(signed, body), self._last
        if last is not None and (fault := _fault(last.body, body)):
            # Said once for each pair: a collector that was put back says it with each batch.
            if self._said != (pair := (last.body.log_size, body.log_size)):
                self._said = pair
                self._report(IntegrityFinding(IntegrityKind.LOG_DIFFERS, fault))
            if body.time > last.body.time:  # it goes on from there: compare with this one
                self._last = seen
        elif last is None or body.log_size > last.body.log_size:
            self._last = seen
        day = f"{body.time:%Y-%m-%d}"
        held = self._days.get(day)
        if held is None or body.log_size >= held.body.log_size:
            self._days[day] = seen
            while len(self._days) > MOST_DAYS:
                del self._days[min(self._days)]

    def roots(self) -> tuple[LogRoot, ...]:
        """Return what a sign of life tells: the newest, and that of the connection before."""
        found = (one.root for one in (self._last, self._before) if one is not None)
        return tuple(dict.fromkeys(found))


def kept(folder: Path) -> list[Seen]:
    """Return what a device kept, oldest day first; none where nothing can be read."""
    try:
        rows = json.loads((folder / FILE).read_text(encoding="utf-8"))["checkpoints"]
        signed = [
            Checkpoint(*(bytes.fromhex(row[name]) for name in ("body", "signature", "key_id")))
            for row in rows
        ]
        return [Seen(one, codec.decode_checkpoint_body(one.body)) for one in signed]
    except (OSError, ValueError, KeyError, TypeError, WireError):
        return []


def _size(one: Seen) -> int:
    return one.body.log_size


def _fault(last: CheckpointBody, new: CheckpointBody) -> str:
    """Return how a checkpoint contradicts an earlier one, in words; "" = it does not.

    A shorter log is one only when it was signed later: the two lanes' answers overtake each other.
    """
    if new.log_size == last.log_size and new.log_root != last.log_root:
        return f"the collector signed two different logs of {new.log_size} batches"
    if new.log_size < last.log_size and new.time > last.time:
        return (
            f"the collector signed a log of {last.log_size} batches, and later one of "
            f"{new.log_size}: its records were cut short or put back to an older copy"
        )
    return ""
