"""The trees of all phrases in flat tables; nodes.py holds them while a pack is compiled."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.nodes import Gap, Number, Opt, Seq, Words
from tutelage_policy.tables import Pool, Rows, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutelage_policy.nodes import Node

WORDS, SEQ, ALT, OPT, GAP, NUMBER = range(6)
ANY = 0
"""Number of the set of words that stands for any word."""


@dataclass(slots=True)
class Trees:
    """Nodes by number: what each is, and where the rest of it stands."""

    kinds: array[int]
    at: array[int]
    """Where its parts begin (``SEQ``, ``ALT``), its part (``OPT``), its set of words (``WORDS``),
    how many words (``GAP``), or which heads (``NUMBER``)."""
    counts: array[int]
    """How many parts."""
    parts: array[int]
    firsts: array[int]
    """The set of words that a match can begin with, or ``ANY``."""
    sets: Rows
    """Sets of words, each in order."""
    heads: str
    """What the numbers of ``NUMBER`` begin with: those of one node by commas, nodes by spaces."""


class Planter:
    """Turns trees of objects into tables, equal parts once."""

    def __init__(self, words: Mapping[str, int]) -> None:
        """Write words by their number in ``words``."""
        self._ids = words
        self._kinds, self._at = array("B"), array("I")
        self._counts, self._parts = array("H"), array("I")
        self._firsts = array("I")
        self._heads: list[str] = []
        self._sets = Pool()
        self._sets.number(())
        self._known: dict[frozenset[str], int] = {}
        self._merged: dict[frozenset[int], int] = {}
        self._numbers: dict[int, int] = {}
        self._kept: list[Node] = []
        """Numbers of objects stay true only while the objects live."""

    def set_of(self, words: frozenset[str]) -> int:
        """Return the number of the set ``words``, which is not empty."""
        found = self._known.get(words)
        if found is None:
            ids = self._ids
            row = tuple(sorted([ids[word] for word in words]))
            found = self._known[words] = self._sets.number(row)
        return found

    def plant(self, node: Node) -> int:
        """Return the number of ``node``, which is written down where it is new."""
        found = self._numbers.get(id(node))
        if found is not None:
            return found
        count, first = 0, ANY
        if isinstance(node, Words):
            kind, at = WORDS, self.set_of(node.words)
            first = at
        elif isinstance(node, Opt):
            kind, at = OPT, self.plant(node.part)
        elif isinstance(node, Gap):
            kind, at = GAP, node.words
        elif isinstance(node, Number):
            kind, at = NUMBER, len(self._heads)
            self._heads.append(",".join(node.heads))
        else:
            kind = SEQ if isinstance(node, Seq) else ALT
            planted = [self.plant(part) for part in node.parts]
            first = self._in_sequence(planted) if kind == SEQ else self._of_any(planted)
            at, count = len(self._parts), len(planted)
            self._parts.extend(planted)
        found = self._numbers[id(node)] = len(self._kinds)
        self._kinds.append(kind)
        self._at.append(at)
        self._counts.append(count)
        self._firsts.append(first)
        self._kept.append(node)
        return found

    def _in_sequence(self, parts: list[int]) -> int:
        """Return the set of words that the first of ``parts`` can begin with, or ``ANY``."""
        found: list[int] = []
        for part in parts:
            optional = self._kinds[part] == OPT
            one = self._firsts[self._at[part] if optional else part]
            if one == ANY:
                return ANY
            found.append(one)
            if not optional:
                return self._union(found)
        return ANY

    def _of_any(self, parts: list[int]) -> int:
        """Return the set of words that one of ``parts`` can begin with, or ``ANY``."""
        found = [self._firsts[part] for part in parts]
        return self._union(found) if ANY not in found else ANY

    def _union(self, sets: Iterable[int]) -> int:
        distinct = frozenset(sets)
        if len(distinct) == 1:
            return next(iter(distinct))
        found = self._merged.get(distinct)
        if found is None:
            rows = self._sets
            row = tuple(sorted({word for one in distinct for word in rows.row(one)}))
            found = self._merged[distinct] = rows.number(row)
        return found

    def trees(self) -> Trees:
        """Return the tables."""
        return Trees(
            self._kinds,
            self._at,
            self._counts,
            self._parts,
            numbers(self._firsts),
            self._sets.rows(),
            " ".join(self._heads),
        )
