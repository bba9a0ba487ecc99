"""The words of a pack, indexed for what a disguise leaves of them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        self._known = frozenset(word.encode() for word in words)
        self._by_size: dict[int, list[str]] = {}
        self._by_border: dict[str, list[str]] = {}
        for word in sorted(words):
            if not (word.isascii() and word.isalpha()):
                continue
            self._by_size.setdefault(len(word), []).append(word)
            for border in borders(word, len(word)):
                self._by_border.setdefault(border, []).append(word)
        self.masked = lru_cache(1024)(self._masked)
        self.slips = lru_cache(8192)(self._near)
        self.segment = lru_cache(4096)(self._segment)

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[frozenset[str]]]:
        """Return how to make it again: from its words, with nothing remembered."""
        return Vocabulary, (self.words,)

    def strange(self, words: Iterable[bytes]) -> set[bytes]:
        """Return those of ``words`` that are neither English nor in the pack."""
        return set(words) - dictionary() - self._known

    def has_together(self, words: tuple[bytes, ...]) -> bool:
        """Return whether two words make one of the pack."""
        return len(words) == 2 and b"".join(words) in self._known

    def is_plain(self, word: str) -> bool:
        """Return whether ``word`` is one that needs no further reading."""
        return word in self.words or is_common(word)

    def _masked(self, token: str) -> tuple[str, ...]:
        """Return the words that ``token`` is with ``*`` for one letter each."""
        if len(token) < MASK_LEAST - 1:
            return ()
        pattern = re.compile(re.escape(token).replace(r"\*", "[a-z]"))
        return tuple(w for w in self._by_size.get(len(token), ()) if pattern.fullmatch(w))

    def _near(self, token: str) -> tuple[str, ...]:
        """Return the words one slip away: a letter more, less, other, or two swapped."""
        if len(token) < SLIP_LEAST or not token.isascii() or is_common(token):
            return ()
        found = {
            word
            for size in (len(token) - 1, len(token), len(token) + 1)
            for border in borders(token, size)
            for word in self._by_border.get(border, ())
            if one_slip(token, word)
        }
        for at in range(len(token) - 1):
            swapped = f"{token[:at]}{token[at + 1]}{token[at]}{token[at + 2 :]}"
            if swapped != token and swapped in self.words:
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


def borders(word: str, size: int) -> tuple[str, ...]:
    """Return the halves, one of which a word of ``size`` letters keeps through a slip.

    A letter more, less or other is in one of the halves; two swapped are looked for apart.
    """
    if size < SLIP_LEAST:
        return ()
    half = size // 2
    return (f"{size}{word[:half]}-", f"{size}-{word[-half:]}")


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
def dictionary() -> frozenset[bytes]:
    """Return English words, 9 MB of them: no slip, and no split, is looked for in one."""
    path = Path(__file__).with_name("data") / "words.txt"
    lines = (line for line in path.read_bytes().splitlines() if not line.startswith(b"#"))
    return frozenset([*lines, *(word.encode() for word in SHORT_WORDS)])


def is_common(word: str) -> bool:
    """Return whether ``word`` is English."""
    return word.isascii() and word.encode() in dictionary()
