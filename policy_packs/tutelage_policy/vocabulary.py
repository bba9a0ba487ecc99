"""The words of a pack, indexed for what a disguise leaves of them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

SLIP_LEAST = 5
"""Letters of the shortest word that a typing slip is looked up for."""
MASK_LEAST = 4
SHORT_WORDS = frozenset(
    [
        "a",
        "i",
        "u",
        "an",
        "as",
        "at",
        "am",
        "be",
        "by",
        "do",
        "go",
        "he",
        "hi",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "of",
        "on",
        "or",
        "so",
        "to",
        "up",
        "us",
        "we",
        "the",
        "and",
        "for",
        "are",
        "but",
        "not",
        "you",
        "all",
        "any",
        "can",
        "had",
        "her",
        "was",
        "one",
        "our",
        "out",
        "day",
        "get",
        "has",
        "him",
        "his",
        "how",
        "man",
        "new",
        "now",
        "old",
        "see",
        "two",
        "way",
        "who",
        "boy",
        "did",
        "its",
        "let",
        "put",
        "say",
        "she",
        "too",
        "use",
        "dad",
        "mum",
        "yes",
        "lot",
        "ask",
        "big",
        "bit",
        "run",
        "set",
        "try",
        "own",
        "end",
        "far",
        "few",
        "got",
        "may",
        "off",
        "per",
        "sir",
        "son",
        "ten",
        "why",
        "job",
        "car",
        "bad",
        "men",
        "eat",
        "hit",
        "cut",
        "red",
        "sea",
        "sun",
    ]
)


class Vocabulary:
    """Every word that a phrase of the pack can contain."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self.is_common = is_common
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
        if len(token) < SLIP_LEAST or not token.isascii():
            return ()
        found: set[str] = set()
        for key in {token, *deletions(token)}:
            for word in self._slips.get(key, ()):
                if one_slip(token, word):
                    found.add(word)
        return tuple(sorted(found)) if found and not is_common(token) else ()

    def _segment(self, token: str, most: int) -> tuple[str, ...]:
        """Return ``token`` as at most ``most`` words of the vocabulary, the fewest, or nothing."""
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
        if found is None or len(found) < 2 or is_common(token):
            return ()
        return found


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
def _dictionary() -> bytes:
    path = Path(__file__).with_name("data") / "words.txt"
    return b"\n" + path.read_bytes()


@lru_cache(8192)
def is_common(word: str) -> bool:
    """Return whether ``word`` is English: no slip, and no split, is looked for in it.

    The list stays one piece of bytes (0.7 MB): it is asked only about words that are one slip
    away from a word of the pack.
    """
    if len(word) < 4:
        return word in SHORT_WORDS
    return word.isascii() and b"\n%b\n" % word.encode() in _dictionary()
