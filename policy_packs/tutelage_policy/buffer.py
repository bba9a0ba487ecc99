"""Folded text as bytes, in the two forms that the sieve scans, and the way back.

*Spaced*: one byte a character; letters and digits as they are, everything else a space. *Compact*:
letters and digits only, so that spaced, dotted, hyphenated, joined and split words all look alike.
Both are single calls of the C library.
"""

from __future__ import annotations

import codecs
import unicodedata
from bisect import bisect_left
from itertools import accumulate, compress

BORDER = "\x1e"
"""Between two texts of a batch: no literal holds it."""
CHUNK = 2048
FEW_ASKED = 4
"""Places of one chunk that are searched for one by one; for more of them, all are counted."""
WORD = b"0123456789abcdefghijklmnopqrstuvwxyz"
BEYOND = bytes(range(128, 256))

SPACED = bytes(c if bytes([c]) in WORD and c else 32 for c in range(256))
_KEPT = frozenset([*WORD, *BEYOND, ord(BORDER)])
_IS_KEPT = bytes(c in _KEPT for c in range(256))
DROPPED = bytes(c for c in range(256) if c not in _KEPT)
KINDS = bytes(
    97 if 97 <= c <= 122 else 49 if bytes([c]) in b"0123456789@$!|*" and c else 32
    for c in range(256)
)
"""``a`` a letter, ``1`` a digit or a symbol that may stand for a letter, a space."""

_CODES: dict[str, int] = {}


def _code(char: str) -> int:
    found = _CODES.get(char)
    if found is None:
        kind = unicodedata.category(char)
        found = 128 + ord(char) % 128 if kind[0] in "LN" or kind == "So" else 32
        if len(_CODES) < 100_000:
            _CODES[char] = found
    return found


def _beyond(error: UnicodeError) -> tuple[bytes, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - the encoder's own
    return bytes(map(_code, error.object[error.start : error.end])), error.end


codecs.register_error("tutelage", _beyond)


def to_bytes(folded: str) -> bytes:
    """Return ``folded`` as one byte a character; those beyond ASCII share 128 codes."""
    return folded.encode("ascii", "tutelage")


def compact(text: str) -> bytes:
    """Return a folded phrase as it stands in a compact text."""
    return to_bytes(text).translate(None, DROPPED)


class Compact:
    """The compact form of some bytes, and where each of its bytes came from."""

    __slots__ = ("_asked", "_chunks", "_ends", "_places", "_raw", "data")

    def __init__(self, raw: bytes) -> None:
        """Compact ``raw``."""
        self.data = raw.translate(None, DROPPED)
        self._raw = raw
        self._chunks: list[bytes] = []
        self._ends: list[int] = []
        self._asked: dict[int, int] = {}
        self._places: dict[int, list[int]] = {}

    def _cut(self) -> None:
        raw = self._raw
        self._chunks = [raw[at : at + CHUNK] for at in range(0, len(raw), CHUNK)]
        sizes = [len(chunk.translate(None, DROPPED)) for chunk in self._chunks]
        self._ends = list(accumulate(sizes))

    def origin(self, place: int) -> int:
        """Return the place in ``raw`` of the byte at ``place`` of ``data``."""
        if not self._ends:
            self._cut()
        number = bisect_left(self._ends, place + 1)
        chunk = self._chunks[number]
        before = self._ends[number - 1] if number else 0
        places = self._places.get(number)
        if places is not None:
            return number * CHUNK + places[place - before]
        asked = self._asked[number] = self._asked.get(number, 0) + 1
        if asked > FEW_ASKED:
            places = list(compress(range(len(chunk)), chunk.translate(_IS_KEPT)))
            self._places[number] = places
            return number * CHUNK + places[place - before]
        want = place - before + 1
        kept = self._ends[number] - before
        guess = want * len(chunk) // kept
        have = len(chunk[:guess].translate(None, DROPPED))
        while have != want:
            if have < want:
                step = chunk[guess : guess + want - have]
                guess += len(step)
                have += len(step.translate(None, DROPPED))
            else:
                step = chunk[guess - (have - want) : guess]
                guess -= len(step)
                have -= len(step.translate(None, DROPPED))
        while chunk[guess - 1] not in _KEPT:
            guess -= 1
        return number * CHUNK + guess - 1
