"""Files of the machine: bounded reads whose every failure is an outcome."""

from __future__ import annotations

import stat as stat_bits
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import FileStat
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

MAX_BYTES = 4 * 2**20
"""Bytes of one file; configuration and kernel files are kilobytes."""

PIECE = 64 * 2**10
"""Bytes asked for at once."""


def outcome_of(error: OSError) -> Outcome:
    """Return what an operating-system error means for an observation."""
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return Outcome.ABSENT
        case PermissionError():
            return Outcome.DENIED
        case TimeoutError():
            return Outcome.TIMEOUT
        case _:
            return Outcome.ERROR


def read(path: Path, head: int | None = None) -> Reading[bytes]:
    """Return the bytes of a regular file (or a kernel file).

    Args:
        path: which file.
        head: only that many bytes from its beginning; else all, at most ``MAX_BYTES``.
    """
    try:
        if not stat_bits.S_ISREG(path.stat().st_mode):
            # A fifo or a device would block or never end.
            return nothing(Outcome.ERROR, "not a regular file")
        with path.open("rb", buffering=0) as file:
            content = _most(file, MAX_BYTES + 1 if head is None else min(head, MAX_BYTES))
    except OSError as error:
        return nothing(outcome_of(error), type(error).__name__)
    if len(content) > MAX_BYTES:
        return nothing(Outcome.ERROR, f"larger than {MAX_BYTES} bytes")
    return value(content)


def _most(file: FileIO, size: int) -> bytes:
    """Return at most ``size`` bytes, in pieces: the kernel refuses a large read of a sysctl."""
    pieces: list[bytes] = []
    while size > 0:
        piece = file.read(min(size, PIECE))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def folder(path: Path) -> Reading[tuple[str, ...]]:
    """Return the names in a folder, sorted."""
    try:
        return value(tuple(sorted(entry.name for entry in path.iterdir())))
    except OSError as error:
        return nothing(outcome_of(error), type(error).__name__)


def stat(path: Path) -> Reading[FileStat]:
    """Return a file's age, size, owner and mode."""
    try:
        found = path.stat()
    except OSError as error:
        return nothing(outcome_of(error), type(error).__name__)
    modified_at = EPOCH + timedelta(seconds=int(found.st_mtime))
    mode = stat_bits.S_IMODE(found.st_mode)
    return value(FileStat(modified_at, found.st_size, found.st_uid, mode))
