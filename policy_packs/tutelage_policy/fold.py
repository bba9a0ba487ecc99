"""One character at a time, every text becomes the plain letters that a reader sees.

NFKC, case, accents, zero-width and invisible characters, full width, look-alikes from Cyrillic,
Greek, IPA and the enclosed alphabets (UTS 39 names the problem; the table is our own choice of the
letters that pupils use). Nothing here looks at neighbours: that is normalise.py.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

LOOKALIKES = {
    "а": "a", "ɑ": "a", "α": "a", "ᴀ": "a", "ª": "a", "в": "b", "ʙ": "b", "β": "b", "ь": "b",
    "ƅ": "b", "с": "c", "ϲ": "c", "ᴄ": "c", "¢": "c", "ԁ": "d", "ɗ": "d", "ᴅ": "d", "đ": "d",
    "ð": "d", "е": "e", "є": "e", "ε": "e", "ɛ": "e", "ᴇ": "e", "€": "e", "э": "e", "ҽ": "e",
    "ə": "e", "ғ": "f", "ƒ": "f", "ꜰ": "f", "ɡ": "g", "ց": "g", "ɢ": "g", "ǥ": "g", "һ": "h",
    "н": "h", "ʜ": "h", "հ": "h", "ħ": "h", "і": "i", "ı": "i", "ι": "i", "ɪ": "i", "ɩ": "i",
    "¡": "i", "ӏ": "l", "ј": "j", "ᴊ": "j", "ϳ": "j", "κ": "k", "к": "k", "ᴋ": "k", "ʟ": "l",
    "ł": "l", "ⅼ": "l", "м": "m", "ᴍ": "m", "μ": "u", "ո": "n", "η": "n", "ɴ": "n", "п": "n",
    "ŋ": "n", "и": "n", "о": "o", "ο": "o", "σ": "o", "օ": "o", "ᴏ": "o", "ø": "o", "ө": "o",
    "º": "o", "р": "p", "ρ": "p", "ᴘ": "p", "þ": "p", "ԛ": "q", "զ": "q", "г": "r", "ʀ": "r",
    "я": "r", "ɾ": "r", "ѕ": "s", "ꜱ": "s", "ʂ": "s", "§": "s", "τ": "t", "т": "t", "ᴛ": "t",
    "ŧ": "t", "υ": "u", "ս": "u", "ᴜ": "u", "ц": "u", "ʊ": "u", "ν": "v", "ѵ": "v", "ᴠ": "v",
    "ԝ": "w", "ω": "w", "ѡ": "w", "ш": "w", "щ": "w", "ᴡ": "w", "ɯ": "w", "х": "x", "χ": "x",
    "ж": "x", "у": "y", "γ": "y", "ү": "y", "ʏ": "y", "ɣ": "y", "ᴢ": "z", "ʐ": "z", "ƶ": "z",
    "æ": "ae", "œ": "oe", "ß": "ss", "‘": "'", "’": "'", "ʼ": "'", "＇": "'", "`": "'", "´": "'",
    "′": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‐": "-", "‑": "-", "‒": "-",
    "–": "-", "—": "-", "―": "-", "−": "-", "•": ".", "·": ".", "∙": ".", "…": "...",
    "∗": "*", "✱": "*", "⁎": "*", "★": "*",
}  # fmt: skip
"""Seen after case folding and decomposition; keys are single characters."""

INVISIBLE = frozenset(
    [
        *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x2800, 0x3164),
        *(0xFEFF, 0xFFA0),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0x1F3FB, 0x1F400),
        *range(0xE0000, 0xE01F0),
    ]
)
"""Zero-width, bidirectional, variation selectors, skin tones and tags: nobody sees them."""

ENCLOSED = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
"""Squared, negative circled, negative squared and regional letters, which NFKC leaves alone."""

BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
"""Combining marks, a flood of which is dropped as one."""

FEW_CHARS = 48
"""Different characters beyond ASCII that are worth a pass over the text each."""

_CACHE: dict[str, str] = {}
_CACHE_MOST = 50_000


def fold_char(char: str) -> str:
    """Return what a reader sees in ``char``: none, one or a few plain characters."""
    found = _CACHE.get(char)
    if found is None:
        if len(_CACHE) > _CACHE_MOST:
            _CACHE.clear()
        found = _CACHE[char] = _fold(char)
    return found


def _fold(char: str) -> str:
    point = ord(char)
    if point < 0x80:
        return char.lower()
    if point in INVISIBLE:
        return ""
    for first, count in ENCLOSED:
        if first <= point < first + count:
            return chr(97 + point - first)
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    out = []
    for part in plain:
        kind = unicodedata.category(part)
        if kind[0] == "M" or kind == "Cf":
            continue
        if kind[0] == "Z":
            out.append(" ")
        else:
            out.append(LOOKALIKES.get(part, part))
    return "".join(out).lower()


def is_sign(char: str) -> bool:
    """Return whether ``char`` counts as a word by itself: a letter, or an emoji; no money sign."""
    return char.isalnum() or unicodedata.category(char) == "So"


def fold(text: str) -> str:
    """Return ``text`` folded, without a map."""
    if text.isascii():
        return text.lower()
    return "".join(map(fold_char, text))


class Folded:
    """A folded text, and where its characters came from; the map is made when it is asked for."""

    __slots__ = ("_distances", "_original", "_places", "text")

    def __init__(self, text: str, original: str = "") -> None:
        """Hold ``text``; without ``original``, every place is its own."""
        self.text, self._original = text, original
        self._places: list[int] = []
        self._distances: list[int] = []

    def origin(self, place: int) -> int:
        """Return the original's place of the folded character at ``place``."""
        if self._original:
            self._map()
        if not self._places:
            return place
        at = bisect_right(self._places, place) - 1
        return place if at < 0 else place + self._distances[at]

    def _map(self) -> None:
        """Note the places at which the distance to the original changes."""
        places, distances = self._places, self._distances
        done = size = 0
        for found in BEYOND_ASCII.finditer(self._original):
            start, end = found.span()
            size += start - done
            done = end
            run = found.group()
            marks = MARKS.fullmatch(run) is not None
            at = start
            for char in ("",) if marks else run:
                piece = fold_char(char) if char else ""
                width = 1 if char else end - start
                inside = range(size + 1, size + len(piece))
                at += width
                size += len(piece)
                if len(piece) == width:
                    continue
                # Each character of a piece comes from the one place; the next from the next.
                for place, origin in [*((p, at - width) for p in inside), (size, at)]:
                    if places and places[-1] == place:
                        distances[-1] = origin - place
                    else:
                        places.append(place)
                        distances.append(origin - place)
        self._original = ""


def fold_map(text: str) -> Folded:
    """Return ``text`` folded with its map; plain text costs one pass of the C library."""
    if text.isascii():
        return Folded(text.lower())
    distinct = set("".join(set(BEYOND_ASCII.findall(text))))
    pieces = {char: fold_char(char) for char in distinct}
    original = text if any(len(piece) != 1 for piece in pieces.values()) else ""
    if len(distinct) <= FEW_CHARS and all(p.isascii() or p == c for c, p in pieces.items()):
        for char, piece in pieces.items():
            text = text.replace(char, piece)
        return Folded(text.lower(), original)
    folded = BEYOND_ASCII.sub(lambda run: "".join(map(fold_char, run.group())), text)
    return Folded(folded.lower(), original)
