"""A text becomes a lattice: the words as written, and beside them what a disguise may hide.

A token has one plain reading (an edge from its place to the next) and, where its spelling is
unusual, further readings that are in the pack's vocabulary: leet, symbols, repeated letters, an
asterisk, a typing slip, spaced letters, a split or joined word. phrases.py walks the lattice, so
every disguise may be anywhere in every phrase, and a plain text costs almost nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntFlag
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from tutelage_policy.fold import is_sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_policy.vocabulary import Vocabulary


class Step(IntFlag):
    """What had to be done to read a word: recorded with the match, for ``explain``."""

    PLAIN = 0
    LOOKALIKE = 1
    LEET = 2
    SYMBOL = 4
    REPEAT = 8
    SPACED = 16
    ASTERISK = 32
    TYPO = 64
    JOINED = 128
    SPLIT = 256


GUESS = Step.ASTERISK | Step.TYPO | Step.JOINED | Step.SPLIT
"""Readings that guess at letters or borders: only whole phrases may rest on them."""

TOKEN = re.compile(r"(?:[^\W_]|['.@$!|*])+|[^\x00-\x7f\s\w]")
RUN = re.compile(r"(.)\1\1+")
UNUSUAL = re.compile(r"[^a-z]|(.)\1\1")
LEET = {
    "0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "gb", "7": "t", "8": "b",
    "9": "g", "@": "a", "$": "s", "!": "il", "|": "li",
}  # fmt: skip
SYMBOLS = frozenset("@$!|")
MAX_READINGS = 48
MAX_WORD = 24
MAX_JOINED_PARTS = 6
MAX_TOKEN = 64
"""Longer tokens (hashes, encoded data) have their plain reading only."""


class Edge(NamedTuple):
    """One reading of the text from one place to another."""

    word: str
    to: int
    step: Step


@dataclass(slots=True)
class Lattice:
    """Places 0 to n; ``edges[i]`` leave place i. ``starts`` and ``ends`` are in the original."""

    edges: list[list[Edge]]
    starts: list[int]
    ends: list[int]
    uneven: bool = False
    """Some edge leads further than the next place."""


class Normaliser:
    """Builds lattices over one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, *, slips: bool = True) -> None:
        """Read with ``vocabulary``; without ``slips``, no word is taken for another's slip."""
        self._vocabulary, self._slips = vocabulary, slips

    def lattice(
        self, folded: str, start: int = 0, stop: int | None = None, *, whole: bool = False
    ) -> Lattice:
        """Return the lattice of ``folded[start:stop]``; places in it refer to ``folded``.

        With ``whole``, of spelt words (``k i l l``) only the longest are read, and their letters
        are no words: so is a context read, where ``i`` or ``ill`` would be found by accident.
        """
        lattice = Lattice([], [], [])
        edges, starts, ends = lattice.edges, lattice.starts, lattice.ends
        known, is_common = self._vocabulary.ids, self._vocabulary.is_common
        for found in TOKEN.finditer(folded, start, len(folded) if stop is None else stop):
            token = found.group()
            if token.isalpha() and (token in known or is_common(token)):
                edges.append([Edge(token, len(edges) + 1, Step.PLAIN)])
                starts.append(found.start())
                ends.append(found.end())
            else:
                self._token(lattice, token, found.start())
        self._spaced(lattice, folded, whole=whole)
        self._split(lattice)
        return lattice

    def may_hide(self, token: str) -> bool:
        """Return whether ``token`` can be read, in any but the plain way, as a word of a rule."""
        lattice, is_lead = self.lattice(token), self._vocabulary.is_lead
        return any(e.step and is_lead(e.word) for edges in lattice.edges for e in edges)

    # --- one token -----------------------------------------------------------------------

    @staticmethod
    def _add(
        lattice: Lattice,
        word: str,
        start: int,
        length: int,
        others: Iterable[tuple[str, Step]] = (),
    ) -> None:
        to = len(lattice.edges) + 1
        edges = [Edge(word, to, Step.PLAIN)]
        edges.extend(Edge(other, to, step) for other, step in others if other != word)
        lattice.edges.append(edges)
        lattice.starts.append(start)
        lattice.ends.append(start + length)

    def _token(self, lattice: Lattice, token: str, at: int) -> None:
        if len(token) > MAX_TOKEN:
            for part in re.finditer(r"[^\W_]+", token):
                self._add(lattice, part.group(), at + part.start(), len(part.group()))
            return
        bare = token.strip("'.!|@$*")
        if not bare:
            return
        if len(token) == 1 and not token.isascii():
            if is_sign(token):
                self._add(lattice, token, at, 1)
            return
        inner = token.find(bare)
        if bare.isalpha() and "'" not in bare:
            start, end = self._with_symbols(token, inner, len(bare))
            self._plain(lattice, bare, at + inner, token[start:end])
            return
        words = bare.split(".")
        if len(words) > 1:
            if len(words) > 2 and all(len(word) <= 1 for word in words):
                joined = "".join(words)
                self._add(
                    lattice, joined, at + inner, len(bare), self._readings(joined, Step.SPACED)
                )
                return
            place = at + inner
            for word in words:
                if word:
                    self._token(lattice, word, place)
                place += len(word) + 1
            return
        start, end = self._with_symbols(token, inner, len(bare))
        whole = token[start:end].replace("'", "")
        others = self._readings(whole)
        if not others and bare != whole:
            others = self._readings(bare.replace("'", ""))
        simple = bare.replace("'", "")
        head, _, tail = bare.rpartition("'")
        if tail == "s" and head in self._vocabulary.ids:
            others.append((head, Step.PLAIN))
        if simple.isalnum():
            self._add(lattice, simple, at + inner, len(bare), others)
        elif others:
            to = len(lattice.edges) + 1
            lattice.edges.append([Edge(word, to, step) for word, step in others])
            lattice.starts.append(at + start)
            lattice.ends.append(at + end)
        else:
            for part in re.finditer(r"[^\W_]+", token):
                self._plain(lattice, part.group(), at + part.start(), part.group())

    @staticmethod
    def _with_symbols(token: str, inner: int, length: int) -> tuple[int, int]:
        """Return the range of ``token`` that keeps the symbols and asterisks at its ends."""
        start, end = inner, inner + length
        while start and token[start - 1] in "@$!|*":
            start -= 1
        while end < len(token) and token[end] in "@$!|*":
            end += 1
        if token[start] == "*" and token[end - 1] == "*":  # *emphasis*
            return inner, inner + length
        return start, end

    def _plain(self, lattice: Lattice, word: str, at: int, whole: str) -> None:
        """Add an alphabetic word; where it is unknown, look at what it may be."""
        if word in self._vocabulary.ids and whole == word:
            self._add(lattice, word, at, len(word))
            return
        others: list[tuple[str, Step]] = []
        if whole != word:
            others = self._readings(whole)
        if word not in self._vocabulary.ids:
            others += self._readings(word)
            if not others and len(word) >= 7:
                parts = self._vocabulary.segment(word, MAX_JOINED_PARTS)
                if parts:
                    self._joined(lattice, word, parts, at)
                    return
        self._add(lattice, word, at, len(word), others)

    def _joined(self, lattice: Lattice, word: str, parts: tuple[str, ...], at: int) -> None:
        first = len(lattice.edges)
        place = at
        for number, part in enumerate(parts):
            lattice.edges.append([Edge(part, first + number + 1, Step.JOINED)])
            lattice.starts.append(place)
            place += len(part)
            lattice.ends.append(place)
        lattice.edges[first].append(Edge(word, first + len(parts), Step.PLAIN))
        lattice.uneven = True

    def _readings(self, token: str, step: Step = Step.PLAIN) -> list[tuple[str, Step]]:
        """Return the words of the vocabulary that ``token`` may hide, each with its steps."""
        known = self._vocabulary.ids
        if step and token in known:
            return [(token, step)]
        if token.isdigit():
            return []
        found: dict[str, Step] = {}
        stems: list[tuple[str, Step]] = [(token, step)]
        if "*" in token:
            if sum(c.isalpha() for c in token) >= 2:
                for word in self._vocabulary.masked(token):
                    found[word] = step | Step.ASTERISK
            return list(found.items())
        if not token.isalpha():
            stems = []
            symbol = step | (Step.SYMBOL if SYMBOLS & set(token) else Step.PLAIN)
            symbol |= Step.LEET if any(c.isdigit() for c in token) else Step.PLAIN
            choices = [LEET.get(char, char) for char in token]
            for number, letters in enumerate(product(*choices)):
                if number >= MAX_READINGS:
                    break
                stems.append(("".join(letters), symbol))
        for stem, how in stems:
            if how and stem in known:
                found.setdefault(stem, how)
            if RUN.search(stem):
                for shorter in _shorten(stem):
                    if shorter in known:
                        found.setdefault(shorter, how | Step.REPEAT)
        if not found and self._slips:
            for stem, how in stems[:4]:
                for word in self._vocabulary.slips(stem):
                    found.setdefault(word, how | Step.TYPO)
        return list(found.items())

    # --- several tokens ------------------------------------------------------------------

    def _spaced(self, lattice: Lattice, folded: str, *, whole: bool) -> None:
        """Add readings over runs of single letters: ``k i l l``, ``k-i-l-l``, ``k_i_l_l``."""
        starts, ends, edges = lattice.starts, lattice.ends, lattice.edges
        at, count = 0, len(starts)
        while at < count:
            last = at
            while (
                last < count
                and ends[last] - starts[last] == 1
                and (last == at or starts[last] - ends[last - 1] <= 3)
            ):
                last += 1
            if last - at >= 3:
                letters = [folded[starts[i]] for i in range(at, last)]
                letters = [LEET[c][0] if c in LEET else c for c in letters]
                words = [
                    (at + first, at + first + size, word)
                    for first in range(len(letters))
                    for size in range(min(MAX_WORD, len(letters) - first), 1, -1)
                    if (word := "".join(letters[first : first + size])) in self._vocabulary.ids
                ]
                if whole:
                    words = _outermost(words)
                    for first, to, _ in words:
                        for place in range(first, to):
                            edges[place] = [Edge("", place + 1, Step.PLAIN)]
                for first, to, word in words:
                    edges[first].append(Edge(word, to, Step.SPACED))
                    lattice.uneven = True
            at = max(last, at + 1)

    def _split(self, lattice: Lattice) -> None:
        """Add the reading of two neighbours as one word: ``suic ide``, ``fa ggot``."""
        known, common = self._vocabulary.ids, self._vocabulary.is_common
        edges = lattice.edges
        for at in range(len(edges) - 1):
            one = edges[at][0]
            if one.to != at + 1 or one.step:
                continue
            two = edges[at + 1][0]
            if two.to != at + 2 or two.step:
                continue
            word = one.word + two.word
            if len(word) >= 5 and word in known and not (common(one.word) and common(two.word)):
                edges[at].append(Edge(word, at + 2, Step.SPLIT))
                lattice.uneven = True


def _outermost(words: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return those of ``words``, sorted by start and longest first, that are in no other."""
    out: list[tuple[int, int, str]] = []
    reached = 0
    for start, end, word in words:
        if end > reached:
            out.append((start, end, word))
            reached = end
    return out


def _shorten(stem: str) -> Iterable[str]:
    """Yield ``stem`` with each long run of a letter at two and at one."""
    pieces: list[tuple[str, ...]] = []
    last = 0
    for found in RUN.finditer(stem):
        pieces.append((stem[last : found.start()],))
        pieces.append((found.group(1) * 2, found.group(1)))
        last = found.end()
    pieces.append((stem[last:],))
    for number, parts in enumerate(product(*pieces)):
        if number >= MAX_READINGS:
            return
        yield "".join(parts)
