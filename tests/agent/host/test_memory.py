"""What a process has and does not use goes back to the machine; what was written stays."""

from __future__ import annotations

import ctypes
import mmap
import sys
import zlib
from pathlib import Path

import pytest

from tutelage_agent.host import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux' own interfaces")

SMAPS = """\
7f0000000000-7f0000002000 r-xp 00000000 08:01 11                         /usr/lib/library one.so
Rss:                   8 kB
Anonymous:             0 kB
7f0000010000-7f0000011000 r-xp 00000000 08:01 12                         /usr/lib/written-to.so
Rss:                   4 kB
Anonymous:             4 kB
7f0000020000-7f0000021000 rw-p 00001000 08:01 12                         /usr/lib/library one.so
Anonymous:             0 kB
7f0000030000-7f0000031000 r-xp 00000000 00:00 0                          [vdso]
Anonymous:             0 kB
7f0000040000-7f0000041000 r-xp 00000000 00:01 9                          /memfd:libffi (deleted)
Anonymous:             0 kB
7f0000050000-7f0000051000 r--p 00000000 08:01 12                         /usr/lib/constants.so
Anonymous:             0 kB
7f0000060000-7f0000061000 rw-p 00000000 00:00 0\x20
Anonymous:             0 kB
"""


def resident_code() -> int:
    """Return the resident kB of code that comes from files."""
    total, code = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if "-" in line.split()[0]:
            code = " r-xp " in line and "/" in line
        elif code and line.startswith("Rss:"):
            total += int(line.split()[1])
    return total


def test_only_code_that_is_as_in_its_file_is_given_back() -> None:
    assert memory._code(SMAPS) == [(0x7F0000000000, 0x7F0000002000)]


def test_code_goes_and_comes_again_when_it_is_run() -> None:
    before = resident_code()
    memory.give_back()
    assert resident_code() < before
    assert zlib.crc32(b"123456789") == 0xCBF43926


def test_what_was_written_is_still_there() -> None:
    with mmap.mmap(-1, 1 << 20) as anonymous:
        anonymous.write(b"kept")
        buffer = ctypes.create_string_buffer(b"kept too", 1 << 20)
        memory.give_back()
        assert anonymous[:4] == b"kept"
        assert buffer.value == b"kept too"
