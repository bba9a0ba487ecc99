"""The key of a phrase: the rarest word or pair of neighbours that every match must hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.template import Alt, Gap, Number, Opt, Seq, Words, longest, shortest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_policy.template import Node

Literal = tuple[str, ...]

MOST_PAIRS = 400
"""Pairs of one key; a key of single words has as many as its word groups have."""
RARE = 2e-6
"""How often a word that is not among the common ones is taken to be met."""
TOGETHER = 12.0
"""How much oftener two words stand side by side than chance would have it."""
COST_EACH = 4e-7
"""What a literal costs by being there."""


@dataclass(frozen=True, slots=True)
class Key:
    """Literals of one or two words, one of which every match holds.

    ``least`` and ``most`` words of the match stand before it.
    """

    literals: frozenset[Literal]
    least: int
    most: int

    @property
    def cost(self) -> float:
        """How often a text will make us look, roughly."""
        return sum(_chance(literal) for literal in self.literals)


def best_key(tree: Node) -> Key | None:
    """Return the cheapest key of ``tree``; nothing where it must hold no word."""
    found = min(_keys(tree), key=lambda k: (k.cost, len(k.literals)), default=None)
    return found if found is not None and found.literals else None


def _chance(literal: Literal) -> float:
    if len(literal) == 1:
        return _often(literal[0]) + COST_EACH
    return _often(literal[0]) * _often(literal[1]) * TOGETHER + COST_EACH


def _often(word: str) -> float:
    rank = _ranks().get(word)
    return RARE if rank is None else 0.08 / (rank + 2)


@lru_cache(1)
def _ranks() -> dict[str, int]:
    path = Path(__file__).with_name("data") / "frequency.txt"
    words = [w for w in path.read_text(encoding="utf-8").splitlines() if not w.startswith("#")]
    return {word: rank for rank, word in enumerate(words)}


def _keys(tree: Node) -> list[Key]:
    """Return the keys to choose from."""
    if isinstance(tree, Words):
        return [Key(frozenset((word,) for word in tree.words), 0, 0)]
    if isinstance(tree, Alt):
        each = [best_key(part) for part in tree.parts]
        chosen = [key for key in each if key is not None]
        if len(chosen) < len(each):
            return []
        literals = frozenset(one for key in chosen for one in key.literals)
        return [Key(literals, min(k.least for k in chosen), max(k.most for k in chosen))]
    if isinstance(tree, Seq):
        return list(_of_sequence(tree.parts))
    return []


def _of_sequence(parts: tuple[Node, ...]) -> Iterable[Key]:
    least = most = 0
    for at, part in enumerate(parts):
        if not isinstance(part, Opt | Gap | Number):
            for key in _keys(part):
                yield Key(key.literals, least + key.least, most + key.most)
            pair = _pair(part, parts[at + 1 :])
            if pair:
                yield Key(pair, least + shortest(part) - 1, most + longest(part) - 1)
        least += shortest(part)
        most += longest(part)


def _pair(part: Node, rest: tuple[Node, ...]) -> frozenset[Literal]:
    """Return the two words across the border after ``part``, or nothing where too many."""
    last = edge_words(part, last=True)
    after = _first_of(rest)
    if not last or not after or len(last) * len(after) > MOST_PAIRS:
        return frozenset()
    return frozenset((one, two) for one in last for two in after)


def _first_of(parts: tuple[Node, ...]) -> frozenset[str]:
    """Return every word that can come first in ``parts``; nothing where it may be any word."""
    found: frozenset[str] = frozenset()
    for part in parts:
        inner = part.part if isinstance(part, Opt) else part
        words = edge_words(inner, last=False)
        if not words:
            return frozenset()
        found |= words
        if not isinstance(part, Opt):
            return found
    return frozenset()


def edge_words(node: Node, *, last: bool) -> frozenset[str]:
    """Return the words that can stand first (or last) in ``node``; none where that may be any."""
    if isinstance(node, Words):
        return node.words
    if isinstance(node, Alt):
        each = [edge_words(part, last=last) for part in node.parts]
        return frozenset().union(*each) if all(each) else frozenset()
    if isinstance(node, Seq):
        found: frozenset[str] = frozenset()
        for part in reversed(node.parts) if last else node.parts:
            inner = part.part if isinstance(part, Opt) else part
            words = edge_words(inner, last=last)
            if not words:
                return frozenset()
            found |= words
            if not isinstance(part, Opt):
                return found
    return frozenset()
