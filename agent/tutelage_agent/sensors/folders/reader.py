"""From "changed" to "noted as read"; what a sensor does with a file in between is its own."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.sensors.opening import (
    NotAFileError,
    OnlineOnlyError,
    Opened,
    open_document,
    real_root,
    version,
)
from tutelage_agent.sensors.sensor import InScope, always, everybody
from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.sensors.blind import Blind
    from tutelage_agent.sensors.cursor import Cursor, Seen
    from tutelage_agent.sensors.folders.watching import Root
    from tutelage_agent.sensors.sensor import MayWatch
    from tutelage_wire.times import Clock

TOO_FRESH = timedelta(milliseconds=10)
"""A file system's clock ticks every few milliseconds: a file changed within one tick of being
read may change again without its time changing. Such a version is not trusted to be the last."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """What became of a version that was not read before."""

    digest: bytes = b""
    """What the cursor keeps of its content: enough to know the same again, and no word of it."""
    moved: bool = False
    """Known by another path: nothing was read, so nothing can have changed meanwhile."""


class FolderReader(ABC):
    """Notes a version in the cursor only after ``look`` returned for it."""

    def __init__(self, cursor: Cursor, clock: Clock) -> None:
        self.cursor = cursor
        self.clock = clock
        self.roots: dict[str, Root] = {}
        self._real: dict[str, str] = {}
        self.online_only = 0
        """Files that were met and lie with the cloud's provider alone."""
        self.quietly = False
        """Note versions without reading: what was there before the agent."""
        self.may_watch: MayWatch = always
        self.in_scope: InScope = everybody

    @abstractmethod
    def look(self, path: str, opened: Opened, before: Seen | None, happened: datetime) -> Fresh:
        """Read a version that is not in the cursor.

        Raises:
            UnreadableError: it cannot be read now.
        """

    @abstractmethod
    def summary(self) -> str:
        """Return how many files were read, and how the others ended."""

    def blind_spots(self) -> frozenset[Blind]:
        """Return what was met and not seen."""
        return frozenset()

    def new_folder(self, path: str) -> None:  # noqa: B027 - a folder's name is news to some only
        """Hear of a folder below a root that was not known."""

    def follow(self, roots: dict[str, Root]) -> None:
        """Read below these roots from now on."""
        self.roots = roots
        self._real = {top: real_root(top) for top in roots}

    def really(self, path: str) -> str:
        """Return where what is at ``path`` must lie; "" for what is below none of the roots."""
        for top, real in self._real.items():
            if path == top or path.startswith(top.rstrip(os.sep) + os.sep):
                return real + path[len(top) :]
        return ""

    def meet(self, path: str) -> int:
        """Return a folder's id, having told of it if it is new (roots are ours)."""
        folder = self.cursor.find_folder(path)
        if folder is None:
            if not self.quietly and path not in self.roots:
                self.new_folder(path)
            folder = self.cursor.folder(path)
        return folder

    def read(self, path: str) -> bool:
        """Read the file if its version is new, and then note that this version was read.

        Args:
            path: the file.

        Returns:
            False if it changed while it was read and should be read again.

        Raises:
            UnreadableError: it cannot be opened or read now.
        """
        try:
            opened = open_document(path, self.in_scope, self.really(path))
        except OnlineOnlyError:
            self.online_only += 1
            return True
        except NotAFileError:
            return True
        with opened.stream:
            return self._read(path, opened)

    def _read(self, path: str, opened: Opened) -> bool:
        parent, name = os.path.split(path)
        # By the file's own times, not by the clock: read again after a kill, it is the same event.
        happened = self._happened(opened)
        quietly = self.quietly or not self.may_watch(happened)
        folder = self.cursor.folder(parent) if quietly else self.meet(parent)
        before = self.cursor.file(folder, name)
        if before is not None and before.same_version(opened.seen):
            return True
        if quietly:
            self.cursor.keep(folder, name, opened.seen)
            return True
        fresh = self.look(path, opened, before, happened)
        if fresh.moved:
            self.cursor.keep(folder, name, replace(opened.seen, digest=fresh.digest))
            return True
        return self._note(folder, name, opened, fresh.digest)

    def _note(self, folder: int, name: str, opened: Opened, digest: bytes) -> bool:
        after = version(os.fstat(opened.stream.fileno()))
        if not after.same_version(opened.seen):
            return False
        age = self.clock() - (EPOCH + timedelta(microseconds=opened.changed_at_ns // 1000))
        trusted = not timedelta(0) <= age < TOO_FRESH
        kept = opened.seen if trusted else replace(opened.seen, mtime_ns=-1)
        self.cursor.keep(folder, name, replace(kept, digest=digest))
        return trusted

    def happened_when_read(self, opened: Opened) -> datetime:
        """Return when what was just read was written.

        It may have been written after it was opened: read again, it would have that later time,
        and be another event.
        """
        now = os.fstat(opened.stream.fileno())
        return self._happened(replace(opened, changed_at_ns=max(now.st_mtime_ns, now.st_ctime_ns)))

    def _happened(self, opened: Opened) -> datetime:
        changed = EPOCH + timedelta(microseconds=opened.changed_at_ns // 1000)
        return min(changed, self.clock())

    def account(self, path: str, owner: str) -> str:
        """Return whose file it is: its owner, or whose the root is that it lies in."""
        if owner:
            return owner
        for top, root in self.roots.items():
            if path.startswith(top):
                return root.account
        return ""
