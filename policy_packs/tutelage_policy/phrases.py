"""All phrases of a pack, found by their rarest words and checked along a lattice.

A phrase is never expanded into its spellings: its tree is walked, and equal parts of different
phrases (a word group, mostly) are one node, so each is tried once at a place of the text. Which
phrases are tried at all is decided by *keys*: one word, or two neighbours, that every match of the
phrase must hold; the pack's keys are also what the multi-pattern matcher looks for (sieve.py). Of
those, most are ruled out by a word that they must have and that is not there, or cannot begin
where they would have to. The walk (walk.py) has no loops, so no phrase can run away.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tutelage_policy.normalise import GUESS, Step
from tutelage_policy.tables import Rows, numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tutelage_policy.keys import Key
    from tutelage_policy.normalise import Lattice
    from tutelage_policy.walk import Walk

MOST_OF_ONE = 40
"""Hits of one phrase in one stretch of text: a refrain must not hide what follows it."""
_GUESS, _JOINED = int(GUESS), int(Step.JOINED)


class PhraseHit(NamedTuple):
    """A phrase was met between two places of a lattice."""

    start: int
    end: int
    phrase: int
    steps: int
    words: int


@dataclass(slots=True)
class Phrases:
    """Phrases by number, and by the words of their keys."""

    roots: array[int]
    least: array[int]
    most: array[int]
    """Words of a match that stand before its key."""
    near: array[int]
    """Which of ``groups`` says what must stand around the key."""
    groups: Rows
    """Sets of words, one of each of which every match holds."""
    ones: Rows
    """Of each word, the phrases that have it as a key."""
    seconds: Rows
    """Of each word, the words that follow it in a key of two."""
    pairs: Rows
    """Of each of those pairs, the phrases."""

    def find(
        self,
        lattice: Lattice,
        walk: Walk,
        limit: int,
        wanted: Collection[int] | None = None,
        first: bytes = b"",
    ) -> list[PhraseHit]:
        """Return at most ``limit`` hits, sorted by place and phrase.

        Only phrases of ``wanted`` are looked for; by default all of them. Beyond ``limit`` it is
        only those whose byte of ``first`` is not 0, and as many of them again.
        """
        hits: list[PhraseHit] = []
        tried: set[int] = set()
        met: dict[int, int] = {}
        near_ok: dict[int, bool] = {}
        stride = len(walk.places) + 1
        for place, found in self._keyed(walk):
            for number in found:
                if wanted is not None and number not in wanted:
                    continue
                if len(hits) >= limit and not (first and first[number]):
                    continue
                if met.get(number, 0) >= MOST_OF_ONE:
                    continue
                group = self.near[number]
                ok = near_ok.get(group)
                if ok is None:
                    ok = near_ok[group] = walk.has_each(self.groups[group])
                if not ok:
                    continue
                root = self.roots[number]
                for start in walk.begins(root, place, self.least[number], self.most[number]):
                    one = number * stride + start
                    if one in tried:
                        continue
                    tried.add(one)
                    for end, steps, words in walk.ends(root, start):
                        if steps & _GUESS and not _guess_allowed(lattice, start, steps, words):
                            continue
                        hits.append(PhraseHit(start, end, number, steps, words))
                        met[number] = met.get(number, 0) + 1
                        if len(hits) >= (2 * limit if first else limit):
                            return sorted(hits)
        return sorted(hits)

    def _keyed(self, walk: Walk) -> list[tuple[int, array[int]]]:
        """Return each place that has keys, with the phrases of those keys."""
        out: list[tuple[int, array[int]]] = []
        one_starts, one_values = self.ones.starts, self.ones.values
        starts, values = self.seconds.starts, self.seconds.values
        places = walk.places
        for place, leaving in enumerate(places):
            for word, to, _ in leaving:
                if word < 0:
                    continue
                low, high = one_starts[word], one_starts[word + 1]
                if low != high:
                    out.append((place, one_values[low:high]))
                low, high = starts[word], starts[word + 1]
                if low == high or to >= len(places):
                    continue
                for after, _, _ in places[to]:
                    at = bisect_left(values, after, low, high) if after >= 0 else high
                    if at < high and values[at] == after:
                        out.append((place, self.pairs[at]))
        return out


@dataclass(slots=True)
class PhrasesBuilder:
    """Phrases added one by one."""

    _ids: Mapping[str, int]
    _rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    _ones: dict[int, list[int]] = field(default_factory=dict)
    _twos: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def add(self, root: int, key: Key, group: int = 0) -> None:
        """Add the tree at ``root`` with its key; ``group`` is what must stand around that."""
        number, ids = len(self._rows), self._ids
        self._rows.append((root, key.least, key.most, group))
        for literal in key.literals:
            one = ids[literal[0]]
            if len(literal) == 1:
                self._ones.setdefault(one, []).append(number)
            else:
                self._twos.setdefault((one, ids[literal[1]]), []).append(number)

    def phrases(self, groups: Rows) -> Phrases:
        """Return the tables."""
        ones = [self._ones.get(word, ()) for word in range(len(self._ids))]
        seconds: list[list[int]] = [[] for _ in ones]
        pairs = sorted(self._twos)
        for one, two in pairs:
            seconds[one].append(two)
        return Phrases(
            array("I", [row[0] for row in self._rows]),
            numbers([row[1] for row in self._rows]),
            numbers([row[2] for row in self._rows]),
            numbers([row[3] for row in self._rows]),
            groups,
            Rows.of(ones),
            Rows.of(seconds),
            Rows.of([self._twos[pair] for pair in pairs]),
        )


def _guess_allowed(lattice: Lattice, start: int, steps: int, words: int) -> bool:
    """Return whether a phrase may rest on guessed letters: several words, or one long one."""
    if words > 1:
        return True
    if steps & _JOINED:
        return False
    return any(len(e.word) >= 7 for e in lattice.edges[start] if e.step & _GUESS)
