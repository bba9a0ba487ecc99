"""The words of a pack, indexed for what a disguise leaves of them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

SLIP_LEAST = 5
"""Letters of the shortest word that a typing slip is looked up for."""
MASK_LEAST = 4


class Vocabulary:
    """Every word that a phrase of the pack can contain."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self.common = common_words()
        self._by_size: dict[int, list[str]] = {}
        for word in sorted(words):
            if word.isalpha():
                self._by_size.setdefault(len(word), []).append(word)
        self._slips: dict[str, tuple[str, ...]] = {}
        for word in sorted(words):
            if len(word) >= SLIP_LEAST and word.isascii() and word.isalpha():
                for key in {word, *deletions(word)}:
                    self._slips[key] = (*self._slips.get(key, ()), word)
        self.masked = lru_cache(4096)(self._masked)
        self.slips = lru_cache(16384)(self._near)
        self.segment = lru_cache(4096)(self._segment)

    def _masked(self, token: str) -> tuple[str, ...]:
        """Return the words that ``token`` is with ``*`` for one letter each."""
        if len(token) < MASK_LEAST - 1:
            return ()
        pattern = re.compile(re.escape(token).replace(r"\*", "[a-z]"))
        return tuple(w for w in self._by_size.get(len(token), ()) if pattern.fullmatch(w))

    def _near(self, token: str) -> tuple[str, ...]:
        """Return the words one slip away: a letter more, less, other, or two swapped."""
        if len(token) < SLIP_LEAST or token in self.common or not token.isascii():
            return ()
        found: set[str] = set()
        for key in {token, *deletions(token)}:
            for word in self._slips.get(key, ()):
                if one_slip(token, word):
                    found.add(word)
        return tuple(sorted(found))

    def _segment(self, token: str, most: int) -> tuple[str, ...]:
        """Return ``token`` as at most ``most`` words of the vocabulary, the fewest, or nothing."""
        if token in self.common:
            return ()
        size = len(token)
        best: list[tuple[str, ...] | None] = [None] * (size + 1)
        best[0] = ()
        for end in range(1, size + 1):
            for start in range(max(0, end - 20), end):
                head = best[start]
                part = token[start:end]
                if head is None or len(head) >= most or part not in self.words:
                    continue
                if len(part) == 1 and part not in "iau":
                    continue
                have = best[end]
                if have is None or len(head) + 1 < len(have):
                    best[end] = (*head, part)
        found = best[size]
        return found if found is not None and len(found) > 1 else ()


def deletions(word: str) -> set[str]:
    """Return ``word`` with each one letter left out."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


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


@lru_cache(1)
def common_words() -> frozenset[str]:
    """Return common English words: no slip, and no split, is looked for in them."""
    path = Path(__file__).with_name("common_words.txt")
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(w for line in lines if not line.startswith("#") for w in line.split())
