"""All phrases of a pack as one automaton over words, walked along a lattice.

Phrases that begin alike share their beginning, so thousands of phrases with ``{I} {want} to`` cost
one path. The walk is bounded: a state is kept once per start and set of steps, and there are no
loops, so no phrase can run away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.normalise import GUESS, Step
from tutelage_policy.template import Alt, Gap, Opt, Seq, Words

if TYPE_CHECKING:
    from tutelage_policy.normalise import Lattice
    from tutelage_policy.template import Node

MAX_STATES = 4000
"""States kept at one place; a page of nothing but phrase beginnings costs no more."""


@dataclass(frozen=True, slots=True, order=True)
class PhraseHit:
    """A phrase was met between two places of a lattice."""

    start: int
    end: int
    phrase: int
    steps: int
    words: int


class Automaton:
    """Phrases by number, added one by one, then walked."""

    def __init__(self) -> None:
        self._edges: list[list[tuple[frozenset[str], int]]] = [[]]
        self._any: list[int] = [0]
        self._accepts: list[tuple[int, ...]] = [()]
        self._first: dict[str, list[int]] = {}
        self._targets: dict[tuple[tuple[int, ...], int], int] = {}
        self._keep: list[Node] = []

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self._edges)

    def add(self, phrase: int, tree: Node) -> None:
        """Add ``tree`` as phrase number ``phrase``.

        Raises:
            PackError: The tree can match nothing at all.
        """
        last = self._build((0,), tree)
        if 0 in last:
            raise PackError("a phrase needs at least one word that is not optional")
        for node in last:
            self._accepts[node] = (*self._accepts[node], phrase)

    def _build(self, frontier: tuple[int, ...], tree: Node) -> tuple[int, ...]:
        if isinstance(tree, Words):
            key = (frontier, id(tree))
            target = self._targets.get(key)
            if target is None:
                self._keep.append(tree)
                target = self._targets[key] = self._node()
                for node in frontier:
                    if node == 0:
                        for word in tree.words:
                            self._first.setdefault(word, []).append(target)
                    else:
                        self._edges[node].append((tree.words, target))
            return (target,)
        if isinstance(tree, Seq):
            for part in tree.parts:
                frontier = self._build(frontier, part)
            return frontier
        if isinstance(tree, Alt):
            out: dict[int, None] = {}
            for part in tree.parts:
                out.update(dict.fromkeys(self._build(frontier, part)))
            return tuple(sorted(out))
        if isinstance(tree, Opt):
            return tuple(sorted({*frontier, *self._build(frontier, tree.part)}))
        return self._gap(frontier, tree)

    def _gap(self, frontier: tuple[int, ...], tree: Gap) -> tuple[int, ...]:
        if 0 in frontier:
            raise PackError("a phrase cannot begin with a gap: leave it out")
        out = list(frontier)
        step = frontier
        for _ in range(tree.words):
            key = (step, -1)
            target = self._targets.get(key)
            if target is None:
                target = self._targets[key] = self._node()
                for node in step:
                    if self._any[node]:
                        # The node has a gap already: let the older gap lead here as well.
                        self._edges[node].append((_ANY, target))
                    else:
                        self._any[node] = target
            out.append(target)
            step = (target,)
        return tuple(sorted(set(out)))

    def _node(self) -> int:
        self._edges.append([])
        self._any.append(0)
        self._accepts.append(())
        return len(self._edges) - 1

    def walk(self, lattice: Lattice, limit: int) -> list[PhraseHit]:
        """Return at most ``limit`` hits, in order of their end."""
        first, edges, anys, accepts = self._first, self._edges, self._any, self._accepts
        size = len(lattice.edges)
        active: list[dict[tuple[int, int, int], int] | None] = [None] * (size + 1)
        hits: list[PhraseHit] = []
        for place in range(size):
            states = active[place]
            active[place] = None
            for edge in lattice.edges[place]:
                word, to, step = edge.word, edge.to, int(edge.step)
                fresh: list[tuple[int, int, int, int]] = [
                    (target, place, step, 1) for target in first.get(word, ())
                ]
                if states:
                    for (node, start, steps), words in states.items():
                        for choices, target in edges[node]:
                            if word in choices or choices is _ANY:
                                fresh.append((target, start, steps | step, words + 1))
                        if anys[node] and not step:
                            fresh.append((anys[node], start, steps, words))
                if not fresh:
                    continue
                ahead = active[to]
                if ahead is None:
                    ahead = active[to] = {}
                for node, start, steps, words in fresh:
                    key = (node, start, steps)
                    if key in ahead:
                        continue
                    if len(ahead) < MAX_STATES:
                        ahead[key] = words
                    for phrase in accepts[node]:
                        if steps & GUESS and not _guess_allowed(
                            steps, words, to - start, edge.word
                        ):
                            continue
                        hits.append(PhraseHit(start, to, phrase, steps, words))
                        if len(hits) >= limit:
                            return hits
        return hits


_ANY: frozenset[str] = frozenset(["\x00any"])


def _guess_allowed(steps: int, words: int, _places: int, word: str) -> bool:
    """Return whether a phrase may rest on guessed letters: several words, or one long one."""
    if words > 1:
        return True
    return not steps & Step.JOINED and len(word) >= 7
