"""A built pack as a file that travels: compressed, and unpacked within bounds.

Whoever unpacks one has compared its hash with a signed document before.
"""

from __future__ import annotations

import zlib

from tutelage_policy.errors import PackError

MOST_ARTEFACT_BYTES = 16 * 2**20
MOST_PACK_BYTES = 64 * 2**20
"""After decompression; the pack that ships takes 8 MB, and a tenth of that compressed."""
_GZIP = 31
_MAGIC = b"\x1f\x8b"


def looks_like_one(begins_with: bytes) -> bool:
    """Tell whether bytes begin as an artefact does."""
    return begins_with.startswith(_MAGIC)


def packed(built: bytes) -> bytes:
    """Return the artefact of a built pack; the same bytes for the same pack."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return packer.compress(built) + packer.flush()


def unpacked(artefact: bytes, most: int = MOST_PACK_BYTES) -> bytes:
    """Return a built pack's bytes.

    Raises:
        PackError: it is damaged, cut short, or larger than ``most``.
    """
    if len(artefact) > MOST_ARTEFACT_BYTES:
        raise PackError(f"a pack's file of {len(artefact)} bytes; {MOST_ARTEFACT_BYTES} allowed")
    reader = zlib.decompressobj(_GZIP)
    try:
        found = reader.decompress(artefact, most)
    except zlib.error as error:
        raise PackError("a pack's file is not a compressed pack") from error
    if not reader.eof or reader.unused_data:
        raise PackError(f"a pack's file is cut short, or holds more than {most} bytes")
    return found
