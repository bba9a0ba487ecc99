"""Paths that want reading, each once, each when it has settled.

Filled by watchdog's threads and emptied by the sensor's own: the only lock between them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

LIMIT = 20_000
"""Paths. Beyond it they are dropped and a scan is asked for: the scan is the truth."""

LONGEST_SETTLE = 2.0
"""Seconds after which a file is read even though it keeps changing."""

AGAIN_AFTER = 1.0
"""Seconds between two readings of one path: a program that saves in a loop is read once each."""


class Settle(IntEnum):
    """How long a path is left to settle, in milliseconds."""

    CLOSED = 20
    """The writer closed it, or it was renamed into place: it is complete."""
    CREATED = 400
    """It appeared; a close usually follows and comes first."""
    MODIFIED = 250
    """Systems that do not say "closed": each change puts the reading off again."""


@dataclass(slots=True)
class _Entry:
    due: float
    first: float


class Pending:
    """A bounded, coalescing waiting room of paths."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._read: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Condition()
        self._overflowed = False
        self._woken = False

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, path: str, settle: Settle | float) -> None:
        """Ask for ``path`` to be read once it has settled (milliseconds)."""
        now = time.monotonic()
        due = now + settle / 1000
        with self._lock:
            last = self._read.get(path)
            if last is not None:
                due = max(due, last + AGAIN_AFTER)
            entry = self._entries.get(path)
            if entry is not None:
                if settle == Settle.MODIFIED:
                    entry.due = min(max(entry.due, due), entry.first + LONGEST_SETTLE)
                else:
                    entry.due = min(entry.due, due)
            elif len(self._entries) >= self._limit:
                self._overflowed = True
            else:
                self._entries[path] = _Entry(due, now)
            self._lock.notify()

    def take(self) -> str | None:
        """Return a path that is due, or None."""
        now = time.monotonic()
        with self._lock:
            found = next((path for path, entry in self._entries.items() if entry.due <= now), None)
            if found is None:
                return None
            del self._entries[found]
            self._read[found] = now
            self._read.move_to_end(found)
            while self._read and (
                len(self._read) > self._limit or next(iter(self._read.values())) < now - AGAIN_AFTER
            ):
                self._read.popitem(last=False)
            return found

    def wait(self, longest: float) -> None:
        """Wait until a path may be due, until ``wake``, or for ``longest`` seconds."""
        with self._lock:
            if not self._woken:
                now = time.monotonic()
                soonest = min((entry.due for entry in self._entries.values()), default=None)
                until = longest if soonest is None else min(longest, soonest - now)
                if until > 0:
                    self._lock.wait(until)
            self._woken = False

    def wake(self) -> None:
        """Let ``wait`` return."""
        with self._lock:
            self._woken = True
            self._lock.notify()

    def overflowed(self) -> bool:
        """Say, once, whether paths had to be dropped."""
        with self._lock:
            flag, self._overflowed = self._overflowed, False
            return flag

    def ask_for_scan(self) -> None:
        """Let ``overflowed`` say so: events were lost elsewhere."""
        with self._lock:
            self._overflowed = True
            self._woken = True
            self._lock.notify()
