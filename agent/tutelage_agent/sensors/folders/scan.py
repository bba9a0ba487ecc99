"""The truth: walk the roots and name every file whose version is not the one that was read.

Walks in small steps, so that whatever the watcher hints at is read in between.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutelage_agent.sensors.folders.patterns import is_ignored_folder, is_temporary
from tutelage_agent.sensors.opening import version

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tutelage_agent.sensors.cursor import Cursor

STEP = 256
"""Directory entries looked at between two chances for other work."""


def changed_files(
    top: str, cursor: Cursor, *, complete: bool, meet: Callable[[str], int]
) -> Iterator[str | None]:
    """Yield the path of each file at or below ``top`` that differs from what was read.

    Yields None now and then, between small pieces of work. Files and folders that are gone
    are dropped from the cursor on the way.

    Args:
        top: a folder; symbolic links and other file systems below it are not entered.
        cursor: what was read.
        complete: ``top`` is a whole root: folders that were not met are gone.
        meet: told of each folder before it is read; returns its id.
    """
    met: set[int] = set()
    try:
        device = os.stat(top).st_dev  # noqa: PTH116 - paths are str throughout the scan
    except OSError:
        return
    waiting = [top]
    whole = True
    while waiting:
        here = waiting.pop()
        folder = meet(here)
        met.add(folder)
        try:
            found = yield from _folder(here, folder, device, cursor)
        except OSError:
            # No permission, or gone in the meantime. What lies below was not met, which is
            # no reason to forget it.
            whole = False
            continue
        waiting.extend(found)
        yield None
    if complete and whole:
        cursor.forget_folders_below(top, but=met)


def _folder(
    here: str, folder: int, device: int, cursor: Cursor
) -> Generator[str | None, None, list[str]]:
    """As ``changed_files`` for one folder; returns the folders in it."""
    known = cursor.files(folder)
    below: list[str] = []
    with os.scandir(here) as entries:
        for count, entry in enumerate(entries):
            if count % STEP == STEP - 1:
                yield None
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not is_ignored_folder(entry.name) and _same_device(entry, device):
                        below.append(entry.path)
                    continue
                if not entry.is_file(follow_symlinks=False) or is_temporary(entry.name):
                    continue
                now = version(entry.stat(follow_symlinks=False))
            except OSError:
                continue
            before = known.pop(os.fsencode(entry.name), None)
            if before is None or not before.same_version(now):
                yield entry.path
    if known:
        cursor.forget(folder, known)
    return below


def _same_device(entry: os.DirEntry[str], device: int) -> bool:
    # Listings on Windows do not tell the device; mounts below a folder are rare there.
    if os.name == "nt":
        return True
    return entry.stat(follow_symlinks=False).st_dev == device
