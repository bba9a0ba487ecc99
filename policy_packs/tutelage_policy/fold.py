"""One character at a time, every text becomes the plain letters that a reader sees.

NFKC, case, accents, zero-width and invisible characters, full width, look-alikes from Cyrillic,
Greek, IPA and the enclosed alphabets (UTS 39 names the problem; the table is our own choice of the
letters that pupils use). Nothing here looks at neighbours: that is normalise.py.
"""

from __future__ import annotations

import unicodedata
from array import array

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


def fold(text: str) -> str:
    """Return ``text`` folded, without a map."""
    if text.isascii():
        return text.lower()
    return "".join(map(fold_char, text))


def fold_map(text: str) -> tuple[str, array[int] | None]:
    """Return ``text`` folded and, where places move, each folded character's original place.

    The map has one entry more than the folded text: the original length. ``None`` means that
    every place is its own.
    """
    if text.isascii():
        return text.lower(), None
    pieces = list(map(fold_char, text))
    folded = "".join(pieces)
    places = array("L")
    for at, piece in enumerate(pieces):
        for _ in piece:
            places.append(at)
    places.append(len(text))
    return folded, places
