"""One lattice being walked along the trees of phrases."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tutelage_policy.trees import ALT, ANY, GAP, OPT, SEQ, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutelage_policy.normalise import Lattice
    from tutelage_policy.trees import Trees

FEW_PARTS = 4
"""Fewer alternatives are tried one by one."""
MAX_ENDS = 64
"""Different ends (or ways to the same end) of one part at one place."""
MOST_TABLES = 512
Ends = tuple[tuple[int, int, int], ...]
"""(place, steps, words) of each way that a part can end."""
Place = list[tuple[int, int, int]]
"""(word, place it leads to, step) of each edge; a word that no phrase holds is -1."""


class Alternatives:
    """Which parts of an alternative can begin with a word; some of them are remembered."""

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        self._tables: dict[int, tuple[dict[int, list[int]], list[int]]] = {}

    def table(self, node: int) -> tuple[dict[int, list[int]], list[int]]:
        """Return the parts of ``node`` by first word, and those that may begin with any."""
        found = self._tables.get(node)
        if found is None:
            if len(self._tables) >= MOST_TABLES:
                self._tables.clear()
            trees = self._trees
            by_word: dict[int, list[int]] = {}
            always: list[int] = []
            at = trees.at[node]
            for part in trees.parts[at : at + trees.counts[node]]:
                first = trees.firsts[part]
                if first == ANY:
                    always.append(part)
                    continue
                for word in trees.sets[first]:
                    by_word.setdefault(word, []).append(part)
            found = self._tables[node] = (by_word, always)
        return found


class Walk:
    """Remembers what each part of a phrase does at each place of one lattice."""

    def __init__(
        self, lattice: Lattice, ids: Mapping[str, int], trees: Trees, alternatives: Alternatives
    ) -> None:
        """Walk ``lattice`` with the words numbered ``ids``."""
        self._edges = lattice.edges
        self._trees, self._alternatives = trees, alternatives
        get = ids.get
        self.places: list[Place] = [
            [(get(word, -1), to, int(step)) for word, to, step in leaving]
            for leaving in lattice.edges
        ]
        self._where: dict[int, int] = {}
        """Of each word, the places that it leaves from, a bit each."""
        bit = 1
        for leaving in self.places:
            for word, _, _ in leaving:
                self._where[word] = self._where.get(word, 0) | bit
            bit <<= 1
        self._here = frozenset(self._where)
        self._size = len(self.places)
        self._everywhere = (1 << (self._size + 1)) - 1
        self._masks: dict[int, int] = {ANY: self._everywhere}
        self._seen: dict[int, Ends] = {}
        self._before: list[list[int]] | None = None
        if lattice.uneven:
            self._before = [[] for _ in range(self._size + 1)]
            for place, leaving in enumerate(self.places):
                for to in {edge[1] for edge in leaving}:
                    self._before[to].append(place)

    def has_each(self, group: Iterable[int]) -> bool:
        """Return whether one word of each of these sets is in the lattice."""
        sets, here = self._trees.sets, self._here
        return not any(here.isdisjoint(sets[one]) for one in group)

    def begins(self, node: int, place: int, least: int, most: int) -> Iterable[int]:
        """Return where ``node`` can begin, ``least`` to ``most`` words before ``place``."""
        first = self._trees.firsts[node]
        mask = self._masks.get(first)
        if mask is None:
            where = self._where
            mask = 0
            for word in self._here.intersection(self._trees.sets[first]):
                mask |= where[word]
            self._masks[first] = mask
        if self._before is None:
            low = max(0, place - most)
            bits = (mask >> low) & ((1 << max(0, place - least + 1 - low)) - 1)
            out: list[int] = []
            while bits:
                lowest = bits & -bits
                out.append(low + lowest.bit_length() - 1)
                bits ^= lowest
            return out
        now, found = {place}, set()
        for count in range(most + 1):
            if count >= least:
                found |= now
            now = {before for at in now for before in self._before[at]}
            if not now:
                break
        return sorted([one for one in found if mask >> one & 1])

    def ends(self, node: int, place: int) -> Ends:
        """Return how ``node`` can end when it begins at ``place``."""
        key = node * (self._size + 1) + place
        found = self._seen.get(key)
        if found is None:
            kind = self._trees.kinds[node]
            if kind == WORDS:
                found = self._words(self._trees.at[node], place)
            elif kind == SEQ:
                found = self._sequence(node, place)
            else:
                found = self._other(kind, node, place)
            self._seen[key] = found
        return found

    def _words(self, number: int, place: int) -> Ends:
        if place >= self._size:
            return ()
        sets = self._trees.sets
        values, low, high = sets.values, sets.starts[number], sets.starts[number + 1]
        if high - low == 1:
            only = values[low]
            return tuple([(to, step, 1) for word, to, step in self.places[place] if word == only])
        out: list[tuple[int, int, int]] = []
        for word, to, step in self.places[place]:
            if word >= 0:
                at = bisect_left(values, word, low, high)
                if at < high and values[at] == word:
                    out.append((to, step, 1))
        return tuple(out)

    def _sequence(self, node: int, place: int) -> Ends:
        trees = self._trees
        at = trees.at[node]
        now: Ends = ((place, 0, 0),)
        for part in trees.parts[at : at + trees.counts[node]]:
            ahead = [
                (end, steps | more, words + count)
                for here, steps, words in now
                for end, more, count in self.ends(part, here)
            ]
            if not ahead:
                return ()
            now = _unique(ahead)
        return now

    def _other(self, kind: int, node: int, place: int) -> Ends:
        trees = self._trees
        at = trees.at[node]
        if kind == OPT:
            return _unique([(place, 0, 0), *self.ends(at, place)])
        if kind == ALT:
            return _unique(
                [end for part in self._parts(node, place) for end in self.ends(part, place)]
            )
        if kind == GAP:
            return tuple((to, 0, 0) for to in range(place, min(self._size, place + at) + 1))
        if place >= self._size:
            return ()
        heads = tuple(trees.heads.split(" ")[at].split(","))
        return tuple(
            [
                (edge.to, int(edge.step), 1)
                for edge in self._edges[place]
                if edge.word[:1].isdigit() and edge.word.startswith(heads)
            ]
        )

    def _parts(self, node: int, place: int) -> Iterable[int]:
        """Return the parts of ``node`` that can begin at ``place``, by the word that is there."""
        trees = self._trees
        count = trees.counts[node]
        if count < FEW_PARTS or place >= self._size:
            return trees.parts[trees.at[node] : trees.at[node] + count]
        table, always = self._alternatives.table(node)
        leaving = self.places[place]
        if len(leaving) == 1 and not always:
            return table.get(leaving[0][0], ())
        found = dict.fromkeys(always)
        for word, _, _ in leaving:
            found.update(dict.fromkeys(table.get(word, ())))
        return found


def _unique(ends: list[tuple[int, int, int]]) -> Ends:
    """Return ``ends`` once each, at most ``MAX_ENDS``."""
    if len(ends) < 2:
        return tuple(ends)
    return tuple(dict.fromkeys(ends))[:MAX_ENDS]
