"""The truth: walk the roots and name every file whose version is not the one that was read.

Walks in small steps, so that whatever the watcher hints at is read in between.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutelage_agent.sensors.folders.patterns import is_ignored_folder, is_unfinished
from tutelage_agent.sensors.opening import lies_at, owner_of, reached, version
from tutelage_agent.sensors.sensor import InScope, everybody

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tutelage_agent.sensors.cursor import Cursor
    from tutelage_wire.times import Clock

_GONE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
STEP = 256
"""Directory entries looked at between two chances for other work."""


@dataclass(slots=True)
class Walk:
    """How a scan goes, and what it passed by."""

    cursor: Cursor
    clock: Clock
    meet: Callable[[str], int]
    """Told of each folder before it is read; returns its id."""
    in_scope: InScope = everybody
    """Whether folders of an account are entered."""
    really: Callable[[str], str] = lambda path: ""
    """Where a folder must lie when no link is followed on the way."""
    ignored: set[str] = field(default_factory=set)
    """Roots below which a folder of other programs' machinery was met, which is not read."""
    unlisted: set[str] = field(default_factory=set)
    """Roots below which a folder cannot be listed: not permitted, or nested too deep."""
    elsewhere: set[str] = field(default_factory=set)
    """Roots below which another file system is mounted, which is not read."""


def changed_files(top: str, walk: Walk, *, complete: bool) -> Iterator[str | None]:
    """Yield the path of each file at or below ``top`` that differs from what was read.

    Yields None now and then, between small pieces of work. Files and folders that are gone
    are dropped from the cursor on the way.

    Args:
        top: a folder; symbolic links and other file systems below it are not entered.
        walk: what was read, and what may be entered.
        complete: ``top`` is a whole root: folders that were not met are gone.
    """
    met: set[int] = set()
    try:
        device = os.stat(reached(top)).st_dev  # noqa: PTH116 - paths are str throughout the scan
    except OSError:
        return
    if complete:
        walk.ignored.discard(top)
        walk.unlisted.discard(top)
        walk.elsewhere.discard(top)
    waiting = [top]
    whole = True
    while waiting:
        here = waiting.pop()
        folder = walk.meet(here)
        met.add(folder)
        try:
            found = yield from _folder(here, folder, device, walk, top)
        except OSError as error:
            if error.errno not in _GONE:
                walk.unlisted.add(top)
            # No permission, or gone in the meantime. What lies below was not met, which is
            # no reason to forget it.
            whole = False
            continue
        waiting.extend(found)
        yield None
    if complete and whole:
        walk.cursor.forget_folders_below(top, but=met)


def _folder(
    here: str, folder: int, device: int, walk: Walk, top: str
) -> Generator[str | None, None, list[str]]:
    """As ``changed_files`` for one folder; returns the folders in it."""
    known = walk.cursor.files(folder)
    below: list[str] = []
    with _listed(here, walk.really(here)) as entries:
        for count, entry in enumerate(entries):
            if count % STEP == STEP - 1:
                yield None
            path = os.path.join(here, entry.name)  # noqa: PTH118 - entry.path may be a reached one
            try:
                if entry.is_dir(follow_symlinks=False):
                    if _enters(entry, device, walk, top):
                        below.append(path)
                    continue
                if not entry.is_file(follow_symlinks=False):
                    continue
                now = version(found := entry.stat(follow_symlinks=False))
                if is_unfinished(entry.name, found, walk.clock()):
                    continue
            except OSError:
                continue
            before = known.pop(os.fsencode(entry.name), None)
            if before is None or not before.same_version(now):
                yield path
    if known:
        walk.cursor.forget(folder, known)
    return below


@contextmanager
def _listed(here: str, really: str) -> Iterator[Iterator[os.DirEntry[str]]]:
    """List a folder, if no link stands in its place or above it."""
    if sys.platform == "win32":
        with os.scandir(reached(here)) as entries:
            yield entries
        return
    descriptor = os.open(here, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if really and not lies_at(descriptor, really):
            raise NotADirectoryError(errno.ENOTDIR, "a link stands in a folder's place")
        with os.scandir(descriptor) as entries:
            yield entries
    finally:
        os.close(descriptor)


def _enters(entry: os.DirEntry[str], device: int, walk: Walk, top: str) -> bool:
    if is_ignored_folder(entry.name):
        walk.ignored.add(top)
        return False
    found = entry.stat(follow_symlinks=False)
    if sys.platform == "win32":
        # Anybody can make a junction there, into another home or into itself. Listings tell neither
        # device nor owner; another account's files are known by their own owners.
        if found.st_reparse_tag != stat.IO_REPARSE_TAG_MOUNT_POINT:
            return True
        walk.elsewhere.add(top)
        return False
    if found.st_dev != device:
        walk.elsewhere.add(top)
        return False
    owner = owner_of(entry.name, found)
    return not owner or walk.in_scope(owner)


def holds_left_out(top: str, in_scope: InScope) -> bool:
    """Say whether a folder directly below ``top`` belongs to an account that is left out."""
    try:
        with os.scandir(top) as entries:
            return any(
                (owner := owner_of(one.path, one.stat(follow_symlinks=False)))
                and not in_scope(owner)
                for one in entries
                if one.is_dir(follow_symlinks=False)
            )
    except OSError:
        return False
