"""All phrases of a pack, found by their rarest words and checked along a lattice.

A phrase is never expanded into its spellings: its tree is walked, and equal parts of different
phrases (a word group, mostly) are one object, so each is tried once at a place of the text. Which
phrases are tried at all is decided by *keys*: one word, or two neighbours, that every match of the
phrase must hold; the pack's keys are also what the multi-pattern matcher looks for (sieve.py).
The walk has no loops, so no phrase can run away.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.nodes import Alt, Gap, Number, Opt, Seq, Words
from tutelage_policy.normalise import GUESS, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_policy.keys import Key
    from tutelage_policy.nodes import Node
    from tutelage_policy.normalise import Lattice

FEW_PARTS = 4
"""Fewer alternatives are tried one by one."""
MOST_OF_ONE = 40
"""Hits of one phrase in one stretch of text: a refrain must not hide what follows it."""
MAX_ENDS = 64
"""Different ends (or ways to the same end) of one part at one place."""
_GUESS, _JOINED = int(GUESS), int(Step.JOINED)
Ends = tuple[tuple[int, int, int], ...]
"""(place, steps, words) of each way that a part can end."""


@dataclass(frozen=True, slots=True, order=True)
class PhraseHit:
    """A phrase was met between two places of a lattice."""

    start: int
    end: int
    phrase: int
    steps: int
    words: int


class Phrases:
    """Phrases by number, added one by one, then looked for."""

    def __init__(self) -> None:
        self._trees: list[Node] = []
        self._leads: list[tuple[int, int]] = []
        self._ones: dict[str, list[int]] = {}
        self._twos: dict[str, dict[str, list[int]]] = {}
        self._starts = _Starts()

    def add(self, tree: Node, key: Key) -> int:
        """Add ``tree`` with its key and return its number."""
        number = len(self._trees)
        self._trees.append(tree)
        self._leads.append((key.least, key.most))
        for literal in key.literals:
            if len(literal) == 1:
                self._ones.setdefault(literal[0], []).append(number)
            else:
                self._twos.setdefault(literal[0], {}).setdefault(literal[1], []).append(number)
        return number

    def find(self, lattice: Lattice, limit: int) -> list[PhraseHit]:
        """Return at most ``limit`` hits, sorted by place and phrase."""
        walk = _Walk(lattice, self._starts)
        ones, twos = self._ones, self._twos
        tried: set[tuple[int, int]] = set()
        hits: list[PhraseHit] = []
        met: Counter[int] = Counter()
        edges = lattice.edges
        for place, leaving in enumerate(edges):
            numbers: list[int] = []
            for edge in leaving:
                found = ones.get(edge.word)
                if found is not None:
                    numbers += found
                seconds = twos.get(edge.word)
                if seconds is not None and edge.to < len(edges):
                    for after in edges[edge.to]:
                        found = seconds.get(after.word)
                        if found is not None:
                            numbers += found
            for number in numbers:
                if met[number] >= MOST_OF_ONE:
                    continue
                least, most = self._leads[number]
                for start in walk.back(place, least, most):
                    if (number, start) in tried:
                        continue
                    tried.add((number, start))
                    for end, steps, words in walk.ends(self._trees[number], start):
                        if steps & _GUESS and not _guess_allowed(lattice, start, steps, words):
                            continue
                        hits.append(PhraseHit(start, end, number, steps, words))
                        met[number] += 1
                        if len(hits) >= limit:
                            return sorted(hits)
        return sorted(hits)


class _Walk:
    """One lattice being walked; remembers what each part of a phrase does at each place."""

    def __init__(self, lattice: Lattice, starts: _Starts) -> None:
        self._starts = starts
        self._edges = lattice.edges
        self._size = len(lattice.edges)
        self._seen: dict[tuple[int, int], Ends] = {}
        self._before: list[list[int]] | None = None
        if lattice.uneven:
            self._before = [[] for _ in range(self._size + 1)]
            for place, leaving in enumerate(lattice.edges):
                for to in {edge.to for edge in leaving}:
                    self._before[to].append(place)

    def back(self, place: int, least: int, most: int) -> Iterable[int]:
        """Return the places ``least`` to ``most`` words before ``place``."""
        if self._before is None:
            return range(max(0, place - most), max(0, place - least + 1))
        now, out = {place}, set()
        for count in range(most + 1):
            if count >= least:
                out |= now
            now = {before for at in now for before in self._before[at]}
            if not now:
                break
        return sorted(out)

    def ends(self, node: Node, place: int) -> Ends:
        """Return how ``node`` can end when it begins at ``place``."""
        if isinstance(node, Words):
            if place >= self._size:
                return ()
            words = node.words
            return tuple([(e.to, int(e.step), 1) for e in self._edges[place] if e.word in words])
        key = (id(node), place)
        found = self._seen.get(key)
        if found is None:
            found = self._seen[key] = self._ends(node, place)
        return found

    def _ends(self, node: Node, place: int) -> Ends:
        if isinstance(node, Opt):
            return _unique([(place, 0, 0), *self.ends(node.part, place)])
        if isinstance(node, Alt):
            return _unique(
                [end for part in self._parts(node, place) for end in self.ends(part, place)]
            )
        if isinstance(node, Gap):
            last = min(self._size, place + node.words)
            return tuple((to, 0, 0) for to in range(place, last + 1))
        if isinstance(node, Number):
            if place >= self._size:
                return ()
            return tuple(
                [
                    (e.to, int(e.step), 1)
                    for e in self._edges[place]
                    if e.word[:1].isdigit() and e.word.startswith(node.heads)
                ]
            )
        now: list[tuple[int, int, int]] = [(place, 0, 0)]
        for part in node.parts if isinstance(node, Seq) else (node,):
            ahead = [
                (end, steps | more, words + count)
                for at, steps, words in now
                for end, more, count in self.ends(part, at)
            ]
            if not ahead:
                return ()
            now = list(_unique(ahead)) if len(ahead) > 1 else ahead
        return tuple(now)

    def _parts(self, node: Alt, place: int) -> Iterable[Node]:
        """Return the parts of ``node`` that can begin at ``place``, by the word that is there."""
        if len(node.parts) < FEW_PARTS or place >= self._size:
            return node.parts
        table, always = self._starts.table(node)
        leaving = self._edges[place]
        if len(leaving) == 1 and not always:
            return table.get(leaving[0].word, ())
        found = dict.fromkeys(always)
        for edge in leaving:
            found.update(dict.fromkeys(table.get(edge.word, ())))
        return found


class _Starts:
    """By which words the parts of alternatives can begin."""

    def __init__(self) -> None:
        self._firsts: dict[int, frozenset[str] | None] = {}
        self._tables: dict[int, tuple[dict[str, tuple[Node, ...]], tuple[Node, ...]]] = {}

    def __reduce__(self) -> tuple[type[_Starts], tuple[()]]:
        """Return how to begin anew: what is known is kept by the ids of this process."""
        return _Starts, ()

    def table(self, node: Alt) -> tuple[dict[str, tuple[Node, ...]], tuple[Node, ...]]:
        """Return the parts of ``node`` by first word, and those that may begin with any."""
        found = self._tables.get(id(node))
        if found is None:
            by_word: dict[str, tuple[Node, ...]] = {}
            always: list[Node] = []
            for part in node.parts:
                first = self._first(part)
                if first is None:
                    always.append(part)
                    continue
                for word in first:
                    by_word[word] = (*by_word.get(word, ()), part)
            found = self._tables[id(node)] = (by_word, tuple(always))
        return found

    def _first(self, node: Node) -> frozenset[str] | None:
        """Return the words that ``node`` can begin with; ``None`` where that may be any."""
        if isinstance(node, Words):
            return node.words
        if isinstance(node, Opt | Gap | Number):
            return None
        if id(node) in self._firsts:
            return self._firsts[id(node)]
        found: frozenset[str] | None = frozenset()
        if isinstance(node, Alt):
            for part in node.parts:
                one = self._first(part)
                found = None if one is None or found is None else found | one
        else:
            for part in node.parts:
                one = self._first(part.part if isinstance(part, Opt) else part)
                found = None if one is None or found is None else found | one
                if not isinstance(part, Opt):
                    break
            else:
                found = None
        self._firsts[id(node)] = found
        return found


def _unique(ends: list[tuple[int, int, int]]) -> Ends:
    """Return ``ends`` once each, at most ``MAX_ENDS``."""
    if len(ends) < 2:
        return tuple(ends)
    return tuple(dict.fromkeys(ends))[:MAX_ENDS]


def _guess_allowed(lattice: Lattice, start: int, steps: int, words: int) -> bool:
    """Return whether a phrase may rest on guessed letters: several words, or one long one."""
    if words > 1:
        return True
    if steps & _JOINED:
        return False
    return any(len(e.word) >= 7 for e in lattice.edges[start] if e.step & _GUESS)
