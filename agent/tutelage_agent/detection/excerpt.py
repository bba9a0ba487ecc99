"""The few words that are kept of a text: those that matched, and eight on either side.

And the wider stretch that stays at the device, for who asks for it with a reason.

Addresses, numbers and links in them are masked: they are other people's, or tell too much, and
nobody needs them to decide whether to look closer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS_AROUND = 8
MOST_CHARACTERS = 600
STRETCH = 2_000
"""Characters on either side of the match, in the wider stretch."""

_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s+")
_MASKS = (
    (re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+"), "[e-mail]"),
    (re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"(?<![\w£$€])\+?\d[\d ()-]{7,}\d(?!\w)"), "[number]"),
)


def excerpt(text: str, matches: list[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the words around the first match, and where in them each match lies.

    Args:
        text: the whole text; nothing else of it is kept.
        matches: character ranges in ``text``, end exclusive; the first one is the centre.

    Returns:
        The excerpt with ellipses where text was left out, and the ranges within it.
    """
    if not matches:
        return "", ()
    return _shown(text, matches, *_few(text, matches[0]), _clean)


def stretch(
    text: str, matches: list[tuple[int, int]]
) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    """Return more of a text than its excerpt, masked as that is; None = there is no more.

    Lines stay lines: who reads so much needs to see how it was written.
    """
    if not matches:
        return None
    start, end = matches[0]
    left = max(0, start - STRETCH)
    if left and (space := _SPACE.search(text, left, start)):  # half an address is not masked
        left = space.end()
    centre = min(end, start + STRETCH)
    right = min(len(text), centre + STRETCH)
    if right < len(text):
        right = max(text.rfind(one, centre, right) for one in " \n\t") + 1 or right
    few_left, few_right = _few(text, matches[0])
    if left >= few_left and right <= few_right:
        return None
    return _shown(text, matches, left, right, _lines)


def _few(text: str, match: tuple[int, int]) -> tuple[int, int]:
    start, end = match
    left, right = _words_before(text, start), _words_after(text, end)
    return left, min(right, left + MOST_CHARACTERS)


def _shown(
    text: str,
    matches: list[tuple[int, int]],
    left: int,
    right: int,
    clean: Callable[[str], str],
) -> tuple[str, tuple[tuple[int, int], ...]]:
    pieces: list[str] = ["… "] if left > 0 else []
    spans: list[tuple[int, int]] = []
    position, length = left, sum(map(len, pieces))
    for begin, finish in sorted(set(matches)):
        if begin < position or finish > right:
            continue
        for piece, is_match in ((text[position:begin], False), (text[begin:finish], True)):
            shown = clean(piece if is_match else _masked(piece))
            if is_match:
                spans.append((length, length + len(shown)))
            pieces.append(shown)
            length += len(shown)
        position = finish
    pieces.append(clean(_masked(text[position:right])))
    if right < len(text):
        pieces.append(" …")
    return "".join(pieces), tuple(spans)


def _words_before(text: str, start: int) -> int:
    window = text[max(0, start - MOST_CHARACTERS // 2) : start]
    words = list(_WORD.finditer(window))
    kept = words[-WORDS_AROUND:]
    return start - len(window) + kept[0].start() if kept else start


def _words_after(text: str, end: int) -> int:
    window = text[end : end + MOST_CHARACTERS // 2]
    words = list(_WORD.finditer(window))
    return end + words[min(len(words), WORDS_AROUND) - 1].end() if words else end


def _clean(text: str) -> str:
    return "".join(" " if character in "\r\n\t\v\f" else character for character in text)


def _lines(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_clean(line) for line in lines)


def _masked(text: str) -> str:
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return text
