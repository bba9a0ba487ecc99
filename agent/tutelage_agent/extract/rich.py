"""The compressed RTF of Outlook's mails ([MS-OXRTFCP])."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tutelage_agent.extract.budget import StopReadingError
from tutelage_agent.extract.outcome import Outcome

if TYPE_CHECKING:
    from tutelage_agent.extract.budget import Budget

_HEADER = struct.Struct("<III4x")
_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
"""LZFu and MELA."""
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""With which each dictionary begins (2.1.2.1)."""
_WINDOW = 4096


def unpacked_rtf(data: bytes, budget: Budget) -> bytes:
    """Return the RTF.

    Raises:
        StopReadingError: BOMB, or MALFORMED.
    """
    if len(data) < _HEADER.size:
        raise StopReadingError(Outcome.MALFORMED)
    _, length, kind = _HEADER.unpack_from(data)
    budget.unfolding(len(data), length)
    if kind == _PLAIN:
        return data[_HEADER.size :][:length]
    if kind != _PACKED:
        raise StopReadingError(Outcome.MALFORMED)
    window = bytearray(_KNOWN.ljust(_WINDOW, b"\0"))
    write, place, out = len(_KNOWN), _HEADER.size, bytearray()
    while len(out) < length and place < len(data):
        control = data[place]
        place += 1
        for bit in range(8):
            if control >> bit & 1:
                if place + 2 > len(data):
                    return bytes(out)
                token = data[place] << 8 | data[place + 1]
                place += 2
                start, count = token >> 4, (token & 0xF) + 2
                if start == write:
                    return bytes(out)  # the end is marked so
                taken = range(start, start + count)
                for at in taken:
                    character = window[at % _WINDOW]
                    out.append(character)
                    window[write] = character
                    write = (write + 1) % _WINDOW
            elif place < len(data):
                out.append(data[place])
                window[write] = data[place]
                write = (write + 1) % _WINDOW
                place += 1
    return bytes(out[:length])
