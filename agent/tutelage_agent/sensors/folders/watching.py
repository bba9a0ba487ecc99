"""The hint: the operating system says that a path changed. The scan is the truth.

What watchdog 7.1 does and does not do, and why this is called as it is (measured; the reasons
are in sensors/README.md):

- without an ``event_filter`` it delivers nothing at all on 8,000 folders on Linux;
- on Windows it withholds events until a folder has been quiet for ``timeout``, 1 s by default;
- an overflow of the kernel's queue reaches a log line and never the application;
- when inotify's limit is reached below a root, the rest is silently not watched.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from tutelage_agent.sensors.folders.patterns import is_inside_ignored, is_temporary
from tutelage_agent.sensors.folders.pending import Pending, Settle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from watchdog.observers.api import BaseObserver, ObservedWatch

SAYS_CLOSED = sys.platform.startswith("linux")

EVENTS: list[type[FileSystemEvent]] = [
    FileClosedEvent if SAYS_CLOSED else FileModifiedEvent,
    FileMovedEvent,
    FileCreatedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]

OBSERVER_TIMEOUT = 0.05
"""Seconds of quiet that watchdog waits for on Windows before it delivers anything."""


@dataclass(frozen=True, slots=True)
class Root:
    """A folder whose documents are read, with everything below it on the same file system."""

    path: str
    account: str = ""
    """Whose it is, where the owner of a file does not say (memory sticks, shared folders)."""
    watch: bool = True
    """False where change notices are not reliable (network drives) or would keep a drive from
    being taken out (removable ones on Windows): then only scans are."""
    scan_every: float | None = None
    """Seconds between scans of this root; None: as often as the others."""
    network: bool = False
    read: bool = True
    """False where it is known and out of reach: stated as a blind spot."""
    mount: str = ""
    """Which mount of a removable drive it is: taken out and plugged in again, it is another, whose
    watch has to be set anew."""


class _Handler(FileSystemEventHandler):
    """Puts paths into the waiting room and does nothing else: the queue behind it is unbounded."""

    def __init__(self, root: str, pending: Pending) -> None:
        self._root = root
        self._pending = pending

    def dispatch(self, event: FileSystemEvent) -> None:
        path = os.fsdecode(event.dest_path or event.src_path)
        if is_temporary(os.path.basename(path)) or is_inside_ignored(path, self._root):  # noqa: PTH119 - called for every event
            return
        self._pending.add(path, _settle(event))


def _settle(event: FileSystemEvent) -> Settle:
    if isinstance(event, FileClosedEvent | FileMovedEvent | DirMovedEvent):
        return Settle.CLOSED
    if isinstance(event, FileModifiedEvent):
        return Settle.MODIFIED
    return Settle.CREATED


class _Overflow(logging.Handler):
    """Hears of lost events in the one place where watchdog tells: its log."""

    def __init__(self, pending: Pending) -> None:
        super().__init__(logging.WARNING)
        self._pending = pending

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.msg:
            self._pending.ask_for_scan()


class Watcher:
    """Keeps the observer's watches equal to the roots that are there now."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending
        self._observer: BaseObserver | None = None
        self._watches: dict[str, ObservedWatch] = {}
        self._mounts: dict[str, str] = {}
        self._overflow = _Overflow(pending)
        self.limited = False
        """The system refused watches: changes below are found by scans alone."""

    def start(self) -> None:
        """Start the observer's threads; without them (EMFILE) scans alone remain."""
        # watchdog quotes paths in its log and in one warning that prints its whole table of
        # watches; neither may reach ours.
        logger = logging.getLogger("watchdog")
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(self._overflow)
        warnings.filterwarnings("ignore", category=RuntimeWarning, message="Callback with id")
        try:
            self._observer = Observer(timeout=OBSERVER_TIMEOUT)
            self._observer.start()
        except OSError:
            self._observer = None
            self.limited = True

    def stop(self) -> None:
        """Stop the observer's threads."""
        logging.getLogger("watchdog").removeHandler(self._overflow)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None
        self._watches.clear()

    def follow(self, roots: Iterable[Root], probe: Path) -> list[Root]:
        """Watch exactly ``roots``; return those that are new and so want a scan.

        Args:
            roots: those that exist now.
            probe: a folder of our own, to ask whether there is room for one more watch.
        """
        wanted = {root.path: root for root in roots if root.watch}
        if self._observer is None:
            return []
        for path in list(self._watches):
            if path not in wanted or wanted[path].mount != self._mounts[path]:
                with contextlib.suppress(OSError, KeyError):  # its file system may be gone
                    self._observer.unschedule(self._watches.pop(path))
                self._watches.pop(path, None)
        added = []
        for path, root in wanted.items():
            self._mounts[path] = root.mount
            if path not in self._watches and self._schedule(path):
                added.append(root)
        if added:
            self._ask_for_room(probe)
        return added

    def _schedule(self, path: str) -> bool:
        assert self._observer is not None  # noqa: S101 - follow() saw it; narrows the type
        handler = _Handler(path, self._pending)
        try:
            self._watches[path] = self._observer.schedule(
                handler, path, recursive=True, event_filter=EVENTS
            )
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EMFILE):
                self.limited = True
            return False
        return True

    def _ask_for_room(self, probe: Path) -> None:
        # A watch that fails below a root is not reported; one on a root is. So one is asked for.
        assert self._observer is not None  # noqa: S101 - follow() saw it; narrows the type
        try:
            watch = self._observer.schedule(
                FileSystemEventHandler(), str(probe), event_filter=[DirMovedEvent]
            )
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self.limited = True
        else:
            self._observer.unschedule(watch)
            self.limited = False
