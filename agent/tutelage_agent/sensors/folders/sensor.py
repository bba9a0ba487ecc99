"""A sensor on folders: one thread that reads what settled, and scans when there is time."""

from __future__ import annotations

import os
import stat
import time
from abc import abstractmethod
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.cursor import Cursor
from tutelage_agent.sensors.folders.pending import Pending, Settle
from tutelage_agent.sensors.folders.scan import Walk, changed_files, holds_left_out
from tutelage_agent.sensors.folders.watching import Root, Watcher
from tutelage_agent.sensors.opening import UnreadableError, owner_of, reached
from tutelage_agent.sensors.sensor import InScope, ThreadSensor, everybody
from tutelage_wire.events import SensorState
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tutelage_agent.sensors.folders.reader import FolderReader
    from tutelage_agent.sensors.observation import Emit
    from tutelage_wire.times import Clock


WHILE_WAITING = 5.0
"""Seconds after which a scan that had to wait asks again."""


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """How often, and how much. Times are seconds."""

    scan_every: float = 1800.0
    scan_every_when_limited: float = 60.0
    """Where the system refused watches, scans are all there is."""
    look_for_roots_every: float = 10.0
    """A memory stick or a new account's folders are noticed within this time."""
    read_existing: bool = True
    """Read what was there before the agent. False: note it and read only what changes."""
    retries: tuple[float, ...] = (0.5, 2.0, 8.0)
    """Waits before a file that could not be opened is tried again; then the scan's turn."""


class FolderSensor(ThreadSensor):
    """Reads each version of each file below its roots at least once, and rarely twice.

    A file's row in the cursor is written only after what came of it was taken. So a file is read
    at least once after each change, whatever is killed when; and the key of what is told tells
    the few that come twice.
    """

    def __init__(
        self,
        roots: Callable[[], Sequence[Root]],
        cursor: Path,
        *,
        settings: FolderSettings | None = None,
        may_scan: Callable[[], str] = lambda: "",
        in_scope: InScope = everybody,
        clock: Clock = utc_now,
    ) -> None:
        """Make the sensor; nothing is opened before ``start``.

        Args:
            roots: the folders to read, asked again and again: drives and accounts come and go.
            cursor: file for the cursor; its folder must exist and be ours alone.
            settings: how often and how much.
            may_scan: why scanning should wait (battery, load), or "".
            in_scope: whether anything of an account may be opened. ``roots`` must not name folders
                of accounts that are left out; this is asked for what lies in shared ones.
            clock: the present moment.
        """
        super().__init__(clock)
        self._roots = roots
        self._cursor_path = cursor
        self._settings = settings or FolderSettings()
        self._may_scan, self._in_scope = may_scan, in_scope
        self._pending = Pending()
        self._blind: frozenset[Blind] = frozenset()

    @abstractmethod
    def reader(self, cursor: Cursor, emit: Emit) -> FolderReader:
        """Return what reads a file; called once for each run."""

    def blind_spots(self) -> frozenset[Blind]:
        """See ``Sensor.blind_spots``."""
        return super().blind_spots() | self._blind

    def wake(self) -> None:
        """See ``ThreadSensor.wake``."""
        self._pending.wake()

    def run(self, emit: Emit) -> None:
        """See ``ThreadSensor.run``."""
        cursor = Cursor(self._cursor_path)
        watcher = Watcher(self._pending)
        reader = self.reader(cursor, emit)
        reader.may_watch, reader.in_scope = self.may_watch, self._in_scope
        work = _Work(self._settings, self._pending, cursor, watcher, reader)
        try:
            watcher.start()
            while not self.stopping.is_set():
                self._turn(work)
        finally:
            watcher.stop()
            cursor.close()

    def _turn(self, work: _Work) -> None:
        """Do the next piece of work: what settled comes first, then the scan, then rest."""
        if work.wants_roots():
            work.follow(self._roots(), self._cursor_path.parent)
        path = self._pending.take()
        waits = ""
        if path is not None:
            moved_on = work.visit(path)
        elif work.wants_scan() and not (waits := self._may_scan()):
            moved_on = work.scan_step()
        else:
            self.say(SensorState.RUNNING, work.summary(waits))
            self._blind = work.blind_spots(paused=bool(waits))
            self._pending.wait(WHILE_WAITING if waits else work.rest())
            return
        if moved_on:
            self.progressed()


class _Work:
    """One run of the sensor: what it knows between two failures."""

    def __init__(
        self,
        settings: FolderSettings,
        pending: Pending,
        cursor: Cursor,
        watcher: Watcher,
        reader: FolderReader,
    ) -> None:
        self._settings = settings
        self._pending = pending
        self._cursor = cursor
        self._watcher = watcher
        self._reader = reader
        self._walk = Walk(cursor, reader.clock, reader.meet, reader.in_scope, reader.really)
        self._scan: Iterator[str | None] | None = None
        self._to_scan: list[str] = []
        self._attempts: Counter[str] = Counter()
        self._next_look = 0.0
        self._network = self._other_drives = False
        self._shared: dict[str, bool] = {}
        self._due: dict[str, float] = {}
        """Root -> when it is scanned next."""

    def summary(self, waits: str) -> str:
        parts = [self._reader.summary()]
        if self._watcher.limited:
            parts.append("the system refused watches: changes are found by scans")
        if waits:
            parts.append(f"scan waits: {waits}")
        return "; ".join(parts)

    def blind_spots(self, *, paused: bool) -> frozenset[Blind]:
        roots = set(self._reader.roots)
        found = {
            Blind.WATCH_LIMIT: self._watcher.limited,
            Blind.NETWORK_DRIVES: self._network,
            Blind.OTHER_DRIVES: self._other_drives,
            Blind.PAUSED: paused,
            Blind.ONLINE_ONLY_FILES: self._reader.online_only > 0,
            Blind.IGNORED_FOLDERS: bool(self._walk.ignored & roots),
            Blind.UNREADABLE_FOLDERS: bool(self._walk.unlisted & roots),
            Blind.OTHER_FILE_SYSTEM: bool(self._walk.elsewhere & roots),
        }
        return self._reader.blind_spots() | {reason for reason, holds in found.items() if holds}

    def rest(self) -> float:
        """Return how long nothing needs doing unless something changes, in seconds."""
        return max(0.0, min([self._next_look, *self._due.values()]) - time.monotonic())

    def wants_roots(self) -> bool:
        return time.monotonic() >= self._next_look

    def follow(self, roots: Sequence[Root], probe: Path) -> None:
        self._next_look = time.monotonic() + self._settings.look_for_roots_every
        self._network = any(root.network for root in roots)
        self._other_drives = any(not root.read and not root.network for root in roots)
        there = {
            root.path: self._watched(root)
            for root in roots
            if root.read and os.path.isdir(root.path)  # noqa: PTH112
        }
        # The watch comes first and the scan after it, so that nothing falls between them.
        self._watcher.follow(there.values(), probe)
        before = self._reader.roots
        self._reader.follow(there)
        self._due = {
            path: self._due.get(path, 0.0) if root == before.get(path) else 0.0
            for path, root in there.items()
        }

    def _watched(self, root: Root) -> Root:
        """Return a root; without a watch if it is shared with an account that is left out.

        A watch is set on every folder below, theirs too; a scan enters none of theirs.
        """
        if root.account or not root.watch:
            return root
        if root.path not in self._shared:
            self._shared[root.path] = holds_left_out(root.path, self._reader.in_scope)
        return replace(root, watch=False) if self._shared[root.path] else root

    def wants_scan(self) -> bool:
        if self._scan is not None or self._to_scan:
            return True
        now, lost = time.monotonic(), self._pending.overflowed()
        for path, due in self._due.items():
            if now >= due or lost:
                self._to_scan.append(path)
                self._due[path] = now + self._every(self._reader.roots[path])
        return bool(self._to_scan)

    def _every(self, root: Root) -> float:
        if root.scan_every is not None:
            return root.scan_every
        limited = self._watcher.limited or self._shared.get(root.path, False)
        return self._settings.scan_every_when_limited if limited else self._settings.scan_every

    def scan_step(self) -> bool:
        """Look at a little more of the current scan; say whether that got somewhere."""
        if self._scan is None:
            self._scan = self._begin(self._to_scan.pop(0))
        path = next(self._scan, "")
        if path == "":
            self._scan = None
            self._reader.quietly = False
            return True
        return path is not None and self._read(path)

    def _begin(self, top: str) -> Iterator[str | None]:
        is_root = top in self._reader.roots
        unknown = self._cursor.find_folder(top) is None
        self._reader.quietly = is_root and unknown and not self._settings.read_existing
        return changed_files(top, self._walk, complete=is_root)

    def visit(self, path: str) -> bool:
        """Read what a path is now: a file, or a folder whose contents came before its watch."""
        try:
            found = os.lstat(reached(path))
        except OSError:
            self._attempts.pop(path, None)
            return False
        if stat.S_ISDIR(found.st_mode) and path not in self._to_scan:
            owner = owner_of(path, found)
            if not owner or self._reader.in_scope(owner):
                self._to_scan.insert(0, path)
        return stat.S_ISREG(found.st_mode) and self._read(path)

    def _read(self, path: str) -> bool:
        try:
            settled = self._reader.read(path)
        except UnreadableError:
            # Locked, or not ours to read now: a few more attempts, then the next scan's turn.
            waits = self._settings.retries
            tried = self._attempts.pop(path, 0)
            if tried < len(waits):
                self._pending.add(path, waits[tried] * 1000)
                self._attempts[path] = tried + 1
            return False
        except Exception:
            self._pending.add(path, Settle.CREATED)
            raise
        self._attempts.pop(path, None)
        if not settled:
            self._pending.add(path, Settle.CREATED)
        return True
