"""Keeping this process small: on Linux, where the allocator and the loader hold on to much.

The other systems do by themselves what is done here. README.md has what each step is worth.
"""

from __future__ import annotations

import ctypes
import re
import sys
from contextlib import suppress
from pathlib import Path

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Of malloc.h."""
_LARGE = 256 * 2**10
_MADV_DONTNEED = 4
"""Of mman.h."""
_MAPPING = re.compile(
    r"(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) (?P<rights>\S{4}) \S+ \S+ \d+ +(?P<path>/.*)?$"
)


def hold_little() -> None:
    """Tell the allocator to keep few heaps, and to give large pieces back when they are free.

    Each thread's own heap would hold on to megabytes. And where a large piece was freed once, such
    pieces come from the heaps from then on, and leave holes there.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than glibc
            libc = ctypes.CDLL(None)
            libc.mallopt(_ARENA_MAX, 2)
            libc.mallopt(_MMAP_THRESHOLD, _LARGE)


def give_back() -> None:
    """Give the machine what this process has and does not use.

    Free pieces of the heaps; and the program code that libraries ran when they were loaded. Code
    is mapped from files and nobody writes there, so that the system's file cache keeps it as long
    as there is room, and what is needed after all comes from there without reading the disk.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError, ValueError):
            libc = ctypes.CDLL(None)
            libc.malloc_trim(0)
            for start, end in _code(
                Path("/proc/self/smaps").read_text(encoding="utf-8", errors="replace")
            ):
                libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)


def _code(smaps: str) -> list[tuple[int, int]]:
    """Return where programs' code lies, by ``/proc/PID/smaps``: private, of a file, as in the file.

    Nothing else: a page that was written to, by a debugger for one, would lose what was written.
    """
    found: list[tuple[int, int]] = []
    start = end = 0
    for line in smaps.splitlines():
        if mapping := _MAPPING.match(line):
            code = mapping["rights"] == "r-xp" and _is_of_a_file(mapping["path"])
            start, end = (int(mapping[part], 16) if code else 0 for part in ("start", "end"))
        elif end and line.split() == ["Anonymous:", "0", "kB"]:
            found.append((start, end))
    return found


def _is_of_a_file(path: str | None) -> bool:
    return path is not None and not path.startswith("/memfd:")
