"""One pass over a download: its SHA-256, and the product name that a Windows program carries."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 1 << 20
MOST_BYTES = 2 << 30
"""A larger file is told of without a hash."""
_MARK = "ProductName\0".encode("utf-16-le")
_ROOM = 256
"""Bytes behind the mark: padding, then the name in UTF-16 (VS_VERSION_INFO, String)."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What names a download without its name."""

    sha256: str
    product: str


def fingerprint(stream: BinaryIO, size: int) -> Fingerprint:
    """Return the hash and product name of the bytes of ``stream``, from where it stands.

    Raises:
        OSError: it cannot be read.
    """
    if size > MOST_BYTES:
        return Fingerprint("", "")
    digest, product, tail = hashlib.sha256(), "", b""
    while data := stream.read(CHUNK):
        digest.update(data)
        if not product:
            window = tail + data
            at = window.find(_MARK)
            if at >= 0 and len(window) >= at + len(_MARK) + _ROOM:
                product = _name(window[at + len(_MARK) :][:_ROOM])
                tail = b""
            else:
                tail = window[-(len(_MARK) + _ROOM) :]
    if not product and (at := tail.find(_MARK)) >= 0:
        product = _name(tail[at + len(_MARK) :])
    return Fingerprint(digest.hexdigest(), product)


def _name(data: bytes) -> str:
    text = data[: len(data) & ~1].decode("utf-16-le", "replace").lstrip("\0")
    return text.partition("\0")[0].strip()[:80]
