"""The words of a pack by number, indexed for what a disguise leaves of them; and English."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from tutelage_policy.tables import Rows, WordSet, numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SLIP_LEAST = 5
"""Letters of the shortest word that a typing slip is looked up for."""
MASK_LEAST = 4
MANY = 600
"""Unknown words at once that no single text has: somebody reads texts by the thousand."""
SHORT_WORDS = """
a i u an as at am be by do go he hi if in is it me my no of on or so to up us we the and
for are but not you all any can had her was one our out day get has him his how man new
now old see two way who boy did its let put say she too use dad mum yes lot ask big bit
run set try own end far few got may off per sir son ten why job car bad men eat hit cut
red sea sun
"""
"""Missing in words.txt, which begins at four letters."""


@dataclass(slots=True)
class Vocabulary:
    """Every word that a phrase of the pack can contain."""

    text: str
    """The words in order, by spaces."""
    lead: bytes
    """Of each word, 1 where a rule begins with it being there, 0 where it matters near by only."""
    sizes: Rows
    """Of each length, the words of so many letters."""
    halves: array[int]
    """CRC-32 of what a slip leaves of each word, in order."""
    halved: array[int]
    """Whose."""
    english: WordSet
    common: str
    """The commonest English words that are not of the pack, by spaces: most of any text."""
    words: list[str] = field(init=False, repr=False)
    ids: dict[str, int] = field(init=False, repr=False)
    masked: Callable[[str], tuple[str, ...]] = field(init=False, repr=False)
    slips: Callable[[str], tuple[str, ...]] = field(init=False, repr=False)
    segment: Callable[[str, int], tuple[str, ...]] = field(init=False, repr=False)
    _common: frozenset[str] = field(init=False, repr=False)
    _bulk: frozenset[str] | None = field(init=False, repr=False, default=None)
    """All of English, once a batch needed it: faster, and 9 MB that a device never has to spend."""

    def __post_init__(self) -> None:
        """Number the words."""
        self.words = self.text.split()
        self.ids = {word: number for number, word in enumerate(self.words)}
        self._common = frozenset(self.common.split())
        self.masked = lru_cache(1024)(self._masked)
        self.slips = lru_cache(4096)(self._near)
        self.segment = lru_cache(2048)(self._segment)

    @classmethod
    def of(cls, lead: Iterable[str], near: Iterable[str]) -> Vocabulary:
        """Return the vocabulary of ``lead``, words of rules, and of ``near``, words around them."""
        first = frozenset(lead)
        words = sorted(first.union(near))
        plain = [(n, w) for n, w in enumerate(words) if w.isascii() and w.isalpha()]
        by_size: list[list[int]] = [
            [] for _ in range(max((len(w) for _, w in plain), default=0) + 1)
        ]
        halves: list[tuple[int, int]] = []
        for number, word in plain:
            by_size[len(word)].append(number)
            halves += [(half, number) for half in borders(word, len(word))]
        halves.sort()
        english = _english()
        known = set(words)
        return cls(
            " ".join(words),
            bytes(word in first for word in words),
            Rows.of(by_size),
            array("I", [half for half, _ in halves]),
            numbers([number for _, number in halves]),
            english,
            " ".join(w for w in frequent() if w not in known and w.encode() in english),
        )

    def strange(self, words: Iterable[str]) -> set[str]:
        """Return those of ``words`` that are neither English nor in the pack."""
        unknown = set(words).difference(self.ids, self._common)
        if len(unknown) > MANY and self._bulk is None:
            self._bulk = self.english.all()
        return self.english.missing(unknown) if self._bulk is None else unknown - self._bulk

    def has_together(self, words: Sequence[str]) -> bool:
        """Return whether two words make one of the pack."""
        return len(words) == 2 and words[0] + words[1] in self.ids

    def is_common(self, word: str) -> bool:
        """Return whether ``word`` is English."""
        return word in self._common or (word.isascii() and word.encode() in self.english)

    def is_plain(self, word: str) -> bool:
        """Return whether ``word`` is one that needs no further reading."""
        return word in self.ids or self.is_common(word)

    def is_lead(self, word: str) -> bool:
        """Return whether a phrase of a rule's ``any`` can hold ``word``."""
        number = self.ids.get(word)
        return number is not None and self.lead[number] == 1

    def _masked(self, token: str) -> tuple[str, ...]:
        """Return the words that ``token`` is with ``*`` for one letter each."""
        if not MASK_LEAST - 1 <= len(token) < len(self.sizes):
            return ()
        pattern = re.compile(re.escape(token).replace(r"\*", "[a-z]"))
        words = [self.words[number] for number in self.sizes[len(token)]]
        return tuple(w for w in words if pattern.fullmatch(w))

    def _near(self, token: str) -> tuple[str, ...]:
        """Return the words one slip away: a letter more, less, other, or two swapped."""
        if len(token) < SLIP_LEAST or not token.isascii() or self.is_common(token):
            return ()
        found: set[str] = set()
        for size in (len(token) - 1, len(token), len(token) + 1):
            for half in borders(token, size):
                low = bisect_left(self.halves, half)
                for at in range(low, bisect_right(self.halves, half, low)):
                    word = self.words[self.halved[at]]
                    if one_slip(token, word):
                        found.add(word)
        for at in range(len(token) - 1):
            swapped = f"{token[:at]}{token[at + 1]}{token[at]}{token[at + 2 :]}"
            if swapped != token and swapped in self.ids:
                found.add(swapped)
        return tuple(sorted(found))

    def _segment(self, token: str, most: int) -> tuple[str, ...]:
        """Return ``token`` as at most ``most`` words of the vocabulary, the fewest, or nothing."""
        size = len(token)
        best: list[tuple[str, ...] | None] = [None] * (size + 1)
        best[0] = ()
        for end in range(1, size + 1):
            for start in range(max(0, end - 20), end):
                head = best[start]
                part = token[start:end]
                if head is None or len(head) >= most or part not in self.ids:
                    continue
                if len(part) == 1 and part not in "iau":
                    continue
                have = best[end]
                if have is None or len(head) + 1 < len(have):
                    best[end] = (*head, part)
        found = best[size]
        if found is None or len(found) < 2 or self.is_common(token):
            return ()
        return found


def borders(word: str, size: int) -> tuple[int, ...]:
    """Return CRC-32 of the halves, one of which a word of ``size`` letters keeps through a slip.

    A letter more, less or other is in one of the halves; two swapped are looked for apart.
    """
    if size < SLIP_LEAST:
        return ()
    half = size // 2
    return crc32(f"{size}{word[:half]}-".encode()), crc32(f"{size}-{word[-half:]}".encode())


def one_slip(one: str, two: str) -> bool:
    """Return whether one typing slip turns ``one`` into ``two``; the first letter stays.

    A slip is a letter more, less or other, or two neighbours swapped. Short words allow only the
    swap: one other letter makes too many of them another word.
    """
    if one[0] != two[0] and not (one[:2] == two[1::-1] and one[2:] == two[2:]):
        return False
    if len(one) == len(two):
        differ = [at for at, (a, b) in enumerate(zip(one, two, strict=True)) if a != b]
        if len(differ) == 1:
            return len(two) > SLIP_LEAST
        return (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and one[differ[0]] == two[differ[1]]
            and one[differ[1]] == two[differ[0]]
        )
    if abs(len(one) - len(two)) != 1 or min(len(one), len(two)) < SLIP_LEAST:
        return False
    longer, shorter = (one, two) if len(one) > len(two) else (two, one)
    at = next((i for i, c in enumerate(shorter) if c != longer[i]), len(shorter))
    return longer[at + 1 :] == shorter[at:]


def _lines(name: str) -> list[str]:
    path = Path(__file__).with_name("data") / name
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def frequent() -> list[str]:
    """Return the commonest English words, the commonest first."""
    return _lines("frequency.txt")


def _english() -> WordSet:
    """Return English words: no slip, and no split, is looked for in one."""
    return WordSet.of(word.encode() for word in {*_lines("words.txt"), *SHORT_WORDS.split()})
