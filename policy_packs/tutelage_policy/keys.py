"""The key of a phrase: the rarest word or pair of neighbours that every match must hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.nodes import Alt, Gap, Number, Opt, Seq, Words
from tutelage_policy.vocabulary import frequent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_policy.nodes import Node

Literal = tuple[str, ...]

MOST_PAIRS = 400
"""Pairs of one key; a key of single words has as many as its word groups have."""
RARE = 2e-6
"""How often a word that is not among the common ones is taken to be met."""
TOGETHER = 12.0
"""How much oftener two words stand side by side than chance would have it."""
MOST_COMPANION = 0.15
"""Words that are met oftener than this, taken together, tell nothing by being near."""
COST_EACH = 5e-6
"""What a literal costs by being there."""


@dataclass(frozen=True, slots=True)
class Key:
    """Literals of one or two words, one of which every match holds.

    ``least`` and ``most`` words of the match stand before it. ``cost`` is how often, roughly, a
    text will make us look. The literals are ``words``, every pair of ``pairs``, and those of
    ``others``: multiplied out for the keys that are chosen only.
    """

    least: int
    most: int
    cost: float
    size: int
    words: frozenset[str] = frozenset()
    pairs: tuple[frozenset[str], frozenset[str]] | None = None
    others: tuple[Key, ...] = ()
    first: int = 0
    last: int = 0
    """The parts of a sequence that the key stands for."""

    @property
    def literals(self) -> frozenset[Literal]:
        """Return the literals."""
        found: set[Literal] = {(word,) for word in self.words}
        if self.pairs is not None:
            found.update((one, two) for one in self.pairs[0] for two in self.pairs[1])
        for other in self.others:
            found |= other.literals
        return frozenset(found)


class Keys:
    """Chooses keys; remembers what it found for each part, which phrases share."""

    def __init__(self) -> None:
        self._keys: dict[int, Key | None] = {}
        self._edges: dict[tuple[int, bool], frozenset[str]] = {}
        self._sizes: dict[int, tuple[int, int]] = {}
        self._musts: dict[int, tuple[frozenset[str], float]] = {}
        self._rates: dict[frozenset[str], float] = {}
        self._kept: list[Node] = []
        """Numbers of objects stay true only while the objects live."""

    def best(self, tree: Node) -> Key:
        """Return the cheapest key of ``tree``.

        Raises:
            PackError: There is no word that every match of it holds.
        """
        found = self._best(tree)
        if found is None:
            raise PackError("a phrase needs at least one word that is not optional, gap or number")
        return found

    def companions(self, tree: Node, key: Key) -> tuple[frozenset[str], ...]:
        """Return sets of words, one of each of which every match holds beside ``key``."""
        if not isinstance(tree, Seq):
            return ()
        found = [
            (cost, words)
            for at, part in enumerate(tree.parts)
            if not key.first <= at <= key.last
            for words, cost in [self._must(part)]
            if words and cost < MOST_COMPANION
        ]
        found.sort(key=lambda one: (one[0], len(one[1])))
        return tuple(words for _, words in found[:3])

    def _must(self, node: Node) -> tuple[frozenset[str], float]:
        """Return words of which every match of ``node`` has one, and how often one is met."""
        found = self._musts.get(id(node))
        if found is None:
            words: frozenset[str] = frozenset()
            if isinstance(node, Words):
                words = node.words
            elif isinstance(node, Alt):
                each = [self._must(part)[0] for part in node.parts]
                words = frozenset().union(*each) if all(each) else words
            elif isinstance(node, Seq):
                some = [one for part in node.parts if (one := self._must(part))[0]]
                words = min(some, key=lambda one: one[1])[0] if some else words
            if not all(word.isascii() for word in words):
                words = frozenset()
            found = self._musts[id(node)] = (words, self._often(words))
            self._kept.append(node)
        return found

    def _best(self, tree: Node) -> Key | None:
        """Return the cheapest key of ``tree``, the first of several."""
        if id(tree) in self._keys:
            return self._keys[id(tree)]
        found: Key | None = None
        if isinstance(tree, Words):
            size = len(tree.words)
            found = Key(0, 0, self._often(tree.words) + size * COST_EACH, size, words=tree.words)
        elif isinstance(tree, Alt):
            chosen = [key for part in tree.parts if (key := self._best(part)) is not None]
            if len(chosen) == len(tree.parts):
                found = Key(
                    min([key.least for key in chosen]),
                    max([key.most for key in chosen]),
                    sum([key.cost for key in chosen]),
                    sum([key.size for key in chosen]),
                    others=tuple(chosen),
                )
        elif isinstance(tree, Seq):
            found = self._in_sequence(tree.parts)
        self._keys[id(tree)] = found
        self._kept.append(tree)
        return found

    def _in_sequence(self, parts: tuple[Node, ...]) -> Key | None:
        sizes = [(1, 1) if isinstance(part, Words) else self.size(part) for part in parts]
        lasts = [
            part.words if isinstance(part, Words) else self._edge(part, last=True) for part in parts
        ]
        nexts = self._following(parts)
        best: tuple[float, int] | None = None
        where, one_word = 0, False
        for at, part in enumerate(parts):
            if isinstance(part, Opt | Gap | Number):
                continue
            alone = self._alone(part)
            if alone is not None and (best is None or alone < best):
                best, where, one_word = alone, at, True
            size = len(lasts[at]) * len(nexts[at])
            if 0 < size <= MOST_PAIRS:
                often = self._often(lasts[at]) * self._often(nexts[at])
                pair = (often * TOGETHER + size * COST_EACH, size)
                if best is None or pair < best:
                    best, where, one_word = pair, at, False
        if best is None:
            return None
        least = sum([few for few, _ in sizes[:where]])
        most = sum([many for _, many in sizes[:where]])
        if one_word:
            key = self._best(parts[where])
            assert key is not None  # noqa: S101 - it was the best
            return Key(
                least + key.least, most + key.most, *best, others=(key,), first=where, last=where
            )
        few, many = sizes[where]
        last = where + 1
        while isinstance(parts[last], Opt):
            last += 1
        return Key(
            least + few - 1, most + many - 1, *best,
            pairs=(lasts[where], nexts[where]), first=where, last=last,
        )  # fmt: skip

    def _often(self, words: frozenset[str]) -> float:
        """Return how often one of ``words`` is met."""
        found = self._rates.get(words)
        if found is None:
            found = self._rates[words] = sum([_often(word) for word in sorted(words)])
        return found

    def size(self, part: Node) -> tuple[int, int]:
        """Return the fewest and the most words of ``part``."""
        found = self._sizes.get(id(part))
        if found is None:
            found = self._sizes[id(part)] = self._measure(part)
            self._kept.append(part)
        return found

    def _measure(self, part: Node) -> tuple[int, int]:
        if isinstance(part, Words | Number):
            return 1, 1
        if isinstance(part, Gap):
            return 0, part.words
        if isinstance(part, Opt):
            return 0, self.size(part.part)[1]
        sizes = [self.size(inner) for inner in part.parts]
        if isinstance(part, Alt):
            return min(s[0] for s in sizes), max(s[1] for s in sizes)
        return sum(s[0] for s in sizes), sum(s[1] for s in sizes)

    def _alone(self, part: Node) -> tuple[float, int] | None:
        """Return the cost and the size of the best key of ``part``."""
        if isinstance(part, Words):  # by far the commonest: no key is made for the sake of these
            size = len(part.words)
            return self._often(part.words) + size * COST_EACH, size
        key = self._best(part)
        return None if key is None else (key.cost, key.size)

    def _following(self, parts: tuple[Node, ...]) -> list[frozenset[str]]:
        """Return, of each part, the words that can follow it; nothing where that may be any."""
        found: list[frozenset[str]] = []
        after: frozenset[str] = frozenset()
        for part in reversed(parts):
            found.append(after)
            if isinstance(part, Opt):
                words = self._edge(part.part, last=False)
                after = words | after if words and after else frozenset()
            else:
                after = part.words if isinstance(part, Words) else self._edge(part, last=False)
        found.reverse()
        return found

    def _edge(self, node: Node, *, last: bool) -> frozenset[str]:
        """Return the words that can stand first (or last) in ``node``; none where any may."""
        if isinstance(node, Words):
            return node.words
        found = self._edges.get((id(node), last))
        if found is None:
            found = frozenset()
            if isinstance(node, Alt):
                each = [self._edge(part, last=last) for part in node.parts]
                found = frozenset().union(*each) if all(each) else frozenset()
            elif isinstance(node, Seq):
                found = self._at_border(reversed(node.parts) if last else node.parts, last=last)
            self._edges[id(node), last] = found
            self._kept.append(node)
        return found

    def _at_border(self, parts: Iterable[Node], *, last: bool) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for part in parts:
            words = self._edge(part.part if isinstance(part, Opt) else part, last=last)
            if not words:
                return words
            found |= words
            if not isinstance(part, Opt):
                return found
        return frozenset()


def plain_words(tree: Node) -> tuple[str, ...]:
    """Return the words of a phrase that has no choices; nothing where it has some."""
    parts = tree.parts if isinstance(tree, Seq) else (tree,)
    words = [next(iter(p.words)) for p in parts if isinstance(p, Words) and len(p.words) == 1]
    return tuple(words) if len(words) == len(parts) else ()


def _often(word: str) -> float:
    rank = _ranks().get(word)
    return RARE if rank is None else 0.08 / (rank + 2)


@lru_cache(1)
def _ranks() -> dict[str, int]:
    return {word: rank for rank, word in enumerate(frequent())}
