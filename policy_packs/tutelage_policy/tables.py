"""Flat tables: what would be a hundred thousand small objects, in a few arrays.

A compiled pack lives as long as the agent does; in arrays it takes a tenth of the memory, opens at
the speed of the disk, and is data that cannot do anything (image.py).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHORT = 0xFFFF
BUCKETS = 1 << 14


def numbers(values: Iterable[int]) -> array[int]:
    """Return ``values``, none negative, in two bytes each where they fit, else in four."""
    found = array("I", values)
    return found if max(found, default=0) > MOST_SHORT else array("H", found)


@dataclass(slots=True)
class Rows:
    """Rows of numbers, one behind the other."""

    starts: array[int]
    """Where each row begins in ``values``, and at last their size."""
    values: array[int]

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Rows:
        """Return ``rows``."""
        kept = list(rows)
        starts = numbers(accumulate(map(len, kept), initial=0))
        return cls(starts, numbers(chain.from_iterable(kept)))

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> array[int]:
        """Return the numbers of ``row``."""
        return self.values[self.starts[row] : self.starts[row + 1]]


class Pool:
    """Gives rows numbers, equal rows the same one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, ...], int] = {}
        self._rows: list[tuple[int, ...]] = []

    def number(self, row: tuple[int, ...]) -> int:
        """Return the number of ``row``."""
        found = self._numbers.setdefault(row, len(self._rows))
        if found == len(self._rows):
            self._rows.append(row)
        return found

    def row(self, number: int) -> tuple[int, ...]:
        """Return the row that has ``number``."""
        return self._rows[number]

    def rows(self) -> Rows:
        """Return all rows, in the order of their numbers."""
        return Rows.of(self._rows)


@dataclass(slots=True)
class WordSet:
    """A set of words as one run of bytes: 1 MB for 70,000 words, where a ``frozenset`` takes 9."""

    text: bytes
    """The words of each bucket between line ends."""
    starts: array[int]
    """Of each bucket the line end before its first word."""

    @classmethod
    def of(cls, words: Iterable[bytes]) -> WordSet:
        """Return the set of ``words``; none of them holds a line end."""
        buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
        for word in words:
            buckets[crc32(word) % BUCKETS].append(word)
        lines = [b"".join([word + b"\n" for word in sorted(bucket)]) for bucket in buckets]
        return cls(b"\n" + b"".join(lines), array("I", accumulate(map(len, lines), initial=0)))

    def all(self) -> frozenset[str]:
        """Return the words as a set of the usual kind."""
        return frozenset(self.text.decode().split())

    def missing(self, words: Iterable[str]) -> set[str]:
        """Return those of ``words`` that are not in it."""
        find, starts = self.text.find, self.starts
        out: set[str] = set()
        for word in words:
            raw = word.encode()
            bucket = crc32(raw) % BUCKETS
            if find(b"\n%b\n" % raw, starts[bucket], starts[bucket + 1] + 1) < 0:
                out.add(word)
        return out

    def __contains__(self, word: bytes) -> bool:
        """Return whether ``word`` is one of them."""
        bucket = crc32(word) % BUCKETS
        starts = self.starts
        return self.text.find(b"\n%b\n" % word, starts[bucket], starts[bucket + 1] + 1) >= 0
