"""Which stretches of a text are read closely, and which texts are sifted together. Pure."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from tutelage_policy.sieve import SEGMENT, SLIP_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SNAP = 64
"""Characters within which a stretch is widened to the border of a word."""
AND_BORDER = (1).__add__
"""The size of a text with the border behind it."""


def batches(texts: Sequence[str]) -> Iterable[tuple[int, int]]:
    """Yield ranges of ``texts``: short ones that are sifted together, and each long one alone."""
    sizes = list(map(len, texts))
    ends = list(accumulate(map(AND_BORDER, sizes)))
    long = max(sizes, default=0) > SLIP_CHARS
    stops = [n for n, size in enumerate(sizes) if size > SLIP_CHARS] if long else []
    first = 0
    for number in [*stops, len(texts)]:
        while first < number:
            before = ends[first - 1] if first else 0
            stop = max(first + 1, bisect_right(ends, before + SEGMENT, first, number))
            yield first, stop
            first = stop
        if number < len(texts):
            yield number, number + 1
            first = number + 1


def to_read(
    text: str, spans: Sequence[tuple[int, int, bool]], most: int
) -> tuple[list[tuple[int, int]], bool]:
    """Return ``spans`` merged, at borders of words, and at most so many characters.

    Where not all can be read, what may be critical is read first, wherever it stands.

    Returns:
        The stretches in order, and whether something had to be left out.
    """
    every = _merged(text, spans)
    if sum(end - start for start, end in every) <= most:
        return every, False
    critical = _first(text, _merged(text, [span for span in spans if span[2]]), most)
    chosen = [(*span, True) for span in critical + _first(text, every, most)]
    return _merged(text, chosen), True


def _merged(text: str, spans: Iterable[tuple[int, int, bool]]) -> list[tuple[int, int]]:
    """Return ``spans`` of ``text`` in order, at borders of words, those that meet as one."""
    size = len(text)
    merged: list[tuple[int, int]] = []
    low = high = -1
    for start, end, _ in sorted(spans):
        if start <= high:
            high = max(high, end)
            continue
        if high >= 0:
            merged.append((low, high))
        low, high = max(start, 0), end
    if high >= 0:
        merged.append((low, high))
    out: list[tuple[int, int]] = []
    for start, end in merged:
        begin = _snap_back(text, start) if start else start
        stop = _snap_on(text, end) if end < size else size
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], stop)
        else:
            out.append((begin, stop))
    return out


def _first(text: str, spans: Iterable[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Return the beginning of ``spans``: some ``most`` characters."""
    out: list[tuple[int, int]] = []
    for start, end in spans:
        if most <= 0:
            break
        stop = end if end - start <= most else _snap_on(text, start + most)
        out.append((start, stop))
        most -= stop - start
    return out


def _snap_back(text: str, at: int) -> int:
    """Return a place at or before ``at`` where a word begins."""
    low = max(0, at - SNAP)
    for place in range(at, low, -1):
        if text[place - 1].isspace():
            return place
    return low


def _snap_on(text: str, at: int) -> int:
    """Return a place at or after ``at`` where a word ends."""
    high = min(len(text), at + SNAP)
    for place in range(at, high):
        if text[place].isspace():
            return place
    return high
