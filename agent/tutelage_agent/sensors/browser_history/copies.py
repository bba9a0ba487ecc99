"""A private copy of a database that somebody else is writing, and a wary connection to it.

A running browser locks its history, and reading it in place can meet half a change. So the file
and its journal are copied, and copied again while they change meanwhile. The copy is a pupil's to
write: it may name no function and no view of ours, and may not keep us busy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.sensors.opening import NotAFileError, UnreadableError, open_document
from tutelage_agent.sensors.sensor import InScope, everybody

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTEMPTS = 4
MOST_BYTES = 512 << 20
"""A history over this is not read: a year of a heavy reader's is a tenth of it."""
MOST_SECONDS = 5.0
"""Of one query; ordinary ones take milliseconds."""
JOURNALS = ("-wal", "-journal")
_STEPS = 20_000
_PREFIX = "history-"


class NotReadableNowError(Exception):
    """The history cannot be read now: it changes all the time, is locked, or is damaged."""


def sweep(folder: Path) -> None:
    """Remove copies that a killed agent left in ``folder``: each is somebody's whole history."""
    for left in folder.glob(f"{_PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


@contextmanager
def copy_of(path: str, folder: Path, in_scope: InScope = everybody) -> Iterator[sqlite3.Connection]:
    """Open a copy of the database at ``path``; the copy is gone afterwards.

    Args:
        path: the browser's own file.
        folder: an existing folder that is ours alone.
        in_scope: whether anything of an account may be opened.

    Raises:
        NotReadableNowError: try again later; the message holds no path.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as place:
        target = Path(place, "history.db")
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(0.05 * 2**attempt)
            if not _copied(path, target, in_scope):
                continue
            try:
                database = _open(target)
            except sqlite3.DatabaseError:
                continue  # half a change: once more
            try:
                yield database
            except sqlite3.DatabaseError as error:
                raise NotReadableNowError(f"damaged: {type(error).__name__}") from error
            finally:
                database.close()
            return
        raise NotReadableNowError("it changed during each of several attempts to copy it")


def versions(path: str) -> list[tuple[int, int] | None]:
    """Return (change time in ns, bytes) of a database and of each journal; None = not there."""
    found: list[tuple[int, int] | None] = []
    for end in ("", *JOURNALS):
        try:
            status = os.lstat(path + end)
            found.append((status.st_mtime_ns, status.st_size))
        except OSError:
            found.append(None)
    return found


def _copied(path: str, target: Path, in_scope: InScope) -> bool:
    """Copy file and journals; False if they changed meanwhile."""
    before = versions(path)
    if before[0] is None:
        raise NotReadableNowError("gone")
    if sum(size for one in before if one for size in one[1:]) > MOST_BYTES:
        raise NotReadableNowError("larger than is read")
    for end, there in zip(("", *JOURNALS), before, strict=True):
        copy = Path(str(target) + end)
        copy.unlink(missing_ok=True)
        if there is None:
            continue
        try:
            opened = open_document(path + end, in_scope)
        except NotAFileError:
            if not end:
                raise NotReadableNowError("not a file") from None
            return False
        except UnreadableError as error:
            raise NotReadableNowError("locked, or not permitted") from error
        with opened.stream, copy.open("wb") as out:
            shutil.copyfileobj(opened.stream, out, 1 << 20)
    return versions(path) == before


def _open(target: Path) -> sqlite3.Connection:
    database = sqlite3.connect(target, isolation_level=None)
    deadline = time.monotonic() + MOST_SECONDS
    database.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
    try:
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA mmap_size = 0")
        database.execute("PRAGMA query_only = ON")
        # Reads the journal in, and meets half a change here rather than in the middle of a query.
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database
