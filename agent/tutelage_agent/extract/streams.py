"""Files packed as one stream (gzip, bzip2, xz), and tar, which is mostly packed so."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zlib
from typing import TYPE_CHECKING

from tutelage_agent.extract.budget import Budget, StopReadingError
from tutelage_agent.extract.outcome import Outcome, Trait
from tutelage_agent.extract.programs import holds_program

if TYPE_CHECKING:
    from tutelage_agent.extract.gathered import Gathered

_GZIP = 31
"""wbits of zlib: a gzip header is expected."""


def read_stream(kind: str, data: bytes, name: str, gathered: Gathered, budget: Budget) -> None:
    """Add the text of what a stream unpacks to.

    Raises:
        StopReadingError: BOMB or MALFORMED.
    """
    try:
        unpacked = _unpacked(kind, data, budget.left + 1)
    except (zlib.error, OSError, EOFError, ValueError, lzma.LZMAError) as error:
        raise StopReadingError(Outcome.MALFORMED) from error
    budget.unfolding(len(data), len(unpacked))
    inner = name[: name.rfind(".")] if "." in name else name
    gathered.inside(unpacked, inner, budget)


def _unpacked(kind: str, data: bytes, longest: int) -> bytes:
    match kind:
        case "gzip":
            return zlib.decompressobj(_GZIP).decompress(data, longest)
        case "bzip2":
            return bz2.BZ2Decompressor().decompress(data, longest)
        case _:
            return lzma.LZMADecompressor(memlimit=longest).decompress(data, longest)


def read_tar(data: bytes, gathered: Gathered, budget: Budget) -> None:
    """Add the text of what a tar holds; links and devices in it are only names.

    Raises:
        StopReadingError: BOMB or MALFORMED.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                budget.members(1)
                gathered.add(member.name)
                if holds_program([member.name]):
                    gathered.carries(Trait.PROGRAM_INSIDE)
                if not member.isreg():
                    continue
                budget.unfolding(member.size, member.size)
                file = archive.extractfile(member)
                if file is not None:
                    gathered.inside(file.read(), member.name, budget)
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as error:
        raise StopReadingError(Outcome.MALFORMED) from error
