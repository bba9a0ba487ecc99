"""A short ring of sealed stretches: a file each, bounded in number, bytes and days.

A file's name says when it was kept and for which finding; its bytes are the answer's event, whose
words are sealed. So what is too old is seen without reading anything, and a policy that shortens
the time shortens it for what is here already.
"""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_wire import times
from tutelage_wire.ids import EventId

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tutelage_wire.times import Clock

_log = logging.getLogger(__name__)

FOLDER = "context"
MOST_KEPT = 200
MOST_BYTES = 2 * 2**20
_AHEAD = timedelta(minutes=10)
"""What was kept so far in the future was kept under a wrong clock, and would never grow old."""
_NAME = re.compile(r"(\d{13,16})-([0-9a-f]{32})\.(sealed|sent)")
_SEALED, _SENT = "sealed", "sent"


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept now."""

    count: int
    until: datetime | None
    """When the last of it is deleted; None = nothing is kept."""


@dataclass(slots=True)
class _Slot:
    path: Path
    kept_at: datetime
    size: int
    sent: bool
    """It was sent, and is deleted; that is remembered for as long as it would have been kept."""


class ContextRing:
    """Thread-safe: the detector keeps, the uplink takes."""

    def __init__(
        self,
        folder: Path,
        days: Callable[[], int],
        clock: Clock,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """Keep below ``folder``.

        Args:
            folder: of the agent's state; is made when something is kept.
            days: how long the policy in force lets this device keep it; 0 = not at all.
            clock: corrected by the collector's where that is known.
            most_bytes: of all of it.
        """
        self._folder, self._days, self._clock = folder / FOLDER, days, clock
        self._most_bytes = most_bytes
        self._lock = RLock()
        self._slots: dict[EventId, _Slot] = {}
        self._load()

    def keep(self, finding: EventId, answer: bytes) -> datetime | None:
        """Keep the answer about a finding; return until when, or None where it is not kept.

        Never raises: a finding must be told whatever becomes of the rest of its text.
        """
        days = self._days()
        with self._lock:
            before = self._slots.get(finding)
            if days < 1 or len(answer) > self._most_bytes or (before is not None and before.sent):
                return None
            now = self._clock()
            path = self._folder / f"{times.to_ms(now):015d}-{finding}.{_SEALED}"
            try:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                write_private(path, answer)
            except OSError as error:
                _log.warning("more of a text cannot be kept: %s", error.strerror)
                return None
            if before is not None and before.path != path:
                self._delete(finding)
            self._slots[finding] = _Slot(path, now, len(answer), sent=False)
            self._make_room()
            return now + timedelta(days=days)

    def take(self, finding: EventId) -> bytes | None:
        """Return the answer about a finding; None = it is not kept (any more)."""
        with self._lock:
            self.settle()
            slot = self._slots.get(finding)
            if slot is None or slot.sent:
                return None
            try:
                return slot.path.read_bytes()
            except OSError as error:
                _log.warning("what was kept cannot be read: %s", error.strerror)
                return None

    def was_sent(self, finding: EventId) -> bool:
        """Tell whether the answer about a finding is on its way, or there."""
        with self._lock:
            slot = self._slots.get(finding)
            return slot is not None and slot.sent

    def sent(self, finding: EventId) -> None:
        """Delete what was kept, now that its answer is in the spool; remember that it was."""
        with self._lock:
            slot = self._slots.get(finding)
            if slot is None:
                return
            mark = slot.path.with_suffix(f".{_SENT}")
            try:
                write_private(mark, b"")
                slot.path.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("what was sent cannot be deleted: %s", error.strerror)
            slot.path, slot.size, slot.sent = mark, 0, True

    def forget(self, finding: EventId) -> None:
        """Delete what was kept about a finding that could not be reported."""
        with self._lock:
            self._delete(finding)

    def settle(self) -> None:
        """Delete what is older than the policy in force allows: all of it, where it allows none."""
        with self._lock:
            now, life = self._clock(), timedelta(days=self._days())
            for finding, slot in list(self._slots.items()):
                if not -_AHEAD <= now - slot.kept_at < life:
                    self._delete(finding)

    def clear(self) -> None:
        """Delete all of it: the device was revoked, or joins another trust."""
        with self._lock:
            for finding in list(self._slots):
                self._delete(finding)

    def held(self) -> Held:
        """Return how much is kept, and until when."""
        with self._lock:
            kept = [one.kept_at for one in self._slots.values() if not one.sent]
        until = max(kept) + timedelta(days=self._days()) if kept else None
        return Held(len(kept), until)

    def _load(self) -> None:
        try:
            paths = sorted(self._folder.iterdir())
        except OSError:
            return
        for path in paths:
            named = _NAME.fullmatch(path.name)
            try:
                if named is None:  # half written when the agent was killed
                    path.unlink()
                    continue
                slot = _Slot(
                    path, times.from_ms(int(named[1])), path.stat().st_size, named[3] == _SENT
                )
            except (OSError, ValueError, OverflowError):
                continue
            finding = EventId(named[2])
            if finding in self._slots:  # killed between two steps: sent counts, then the later one
                first = self._slots[finding]
                older, slot = (slot, first) if first.sent else (first, slot)
                older.path.unlink(missing_ok=True)
            self._slots[finding] = slot

    def _make_room(self) -> None:
        """Let the oldest go until all of it is within its bounds."""
        oldest_first = sorted(self._slots, key=lambda one: self._slots[one].kept_at)
        total = sum(one.size for one in self._slots.values())
        for finding in oldest_first:
            if len(self._slots) <= MOST_KEPT and total <= self._most_bytes:
                return
            total -= self._slots[finding].size
            self._delete(finding)

    def _delete(self, finding: EventId) -> None:
        slot = self._slots.pop(finding, None)
        if slot is None:
            return
        try:
            slot.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("what was kept cannot be deleted: %s", error.strerror)


def delete_all(state_folder: Path) -> None:
    """Delete what is kept where no agent runs: its service is removed, or it joins elsewhere."""
    shutil.rmtree(state_folder / FOLDER, ignore_errors=True)
