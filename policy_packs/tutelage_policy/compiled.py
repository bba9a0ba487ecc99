"""A pack as the matcher needs it: flat tables that image.py can keep, and what runs on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.normalise import Normaliser
from tutelage_policy.sieve import Sieve
from tutelage_policy.walk import Alternatives, Walk

if TYPE_CHECKING:
    from array import array
    from collections.abc import Collection

    from tutelage_policy.engines import Engine
    from tutelage_policy.looks import Looks
    from tutelage_policy.normalise import Lattice
    from tutelage_policy.phrases import PhraseHit, Phrases
    from tutelage_policy.tables import Rows
    from tutelage_policy.trees import Trees
    from tutelage_policy.vocabulary import Vocabulary

NONE, SUPPRESSOR = 0, 1
"""Groups of a ``Use``."""
FIRST_GROUP = 2
GROUPS = 1024
MOST_REMEMBERED = 16_384


@dataclass(slots=True)
class Tables:
    """What compiling a pack gives: numbers, text and arrays, and nothing that could act."""

    vocabulary: Vocabulary
    trees: Trees
    lead: Phrases
    """Phrases of ``any``."""
    lead_uses: Rows
    """Of each of them the rules that have it."""
    critical: bytes
    """Of each of them, 1 where one of those rules is critical."""
    around: Phrases
    """Phrases of ``all``, ``none`` and suppressors."""
    around_uses: Rows
    """Of each of them where it is used: ``use`` makes and ``used`` reads these numbers."""
    around_of: Rows
    """Of each rule the phrases of its ``all`` and ``none``; behind the last, of all suppressors."""
    context: array[int]
    """Words around a match that each rule has to look at; 0 where it stands alone."""
    looks: Looks
    reach: int
    """Characters to look at around odd words."""
    most_found: int
    """Literals in one segment of a text."""
    most_read: int
    """Characters around spots that are read closely in one text; of critical ones as many again."""
    most_context: int
    """Characters around hits that are read for their contexts, likewise."""
    far: int
    """Characters that are further apart than anything is looked for."""


def use(owner: int, group: int) -> int:
    """Return the number of a use: by which rule or suppressor, and in which of its groups."""
    return owner * GROUPS + group


def used(number: int) -> tuple[int, int]:
    """Return (rule or suppressor, group)."""
    return divmod(number, GROUPS)


class Compiled:
    """Everything that a pack's rules and suppressors say, ready to be looked for."""

    def __init__(self, tables: Tables, engines: tuple[Engine, Engine]) -> None:
        """Run on ``tables``; ``engines`` are those of the spaced and of the compact form."""
        self.tables, self.engines = tables, engines
        vocabulary = tables.vocabulary
        self.vocabulary = vocabulary
        self.normaliser = Normaliser(vocabulary)
        self._alternatives = Alternatives(tables.trees)
        self.sieve = Sieve(
            tables.looks,
            *engines,
            vocabulary,
            (tables.lead.groups, tables.trees.sets),
            _MayHide(Normaliser(vocabulary, slips=False)),
            _MayHide(self.normaliser),
            tables.reach,
            tables.most_found,
        )

    def find_leads(self, lattice: Lattice, limit: int) -> list[PhraseHit]:
        """Return where phrases of ``any`` stand in ``lattice``."""
        return self.tables.lead.find(
            lattice, self._walk(lattice), limit, first=self.tables.critical
        )

    def find_around(
        self, lattice: Lattice, limit: int, wanted: Collection[int] | None = None
    ) -> list[PhraseHit]:
        """Return where phrases of ``all``, ``none`` and suppressors stand, if they are wanted."""
        return self.tables.around.find(lattice, self._walk(lattice), limit, wanted)

    def _walk(self, lattice: Lattice) -> Walk:
        return Walk(lattice, self.vocabulary.ids, self.tables.trees, self._alternatives)


class _MayHide:
    """Tells whether a token can be read as a word of a rule; it remembers answers."""

    def __init__(self, normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._remembered: dict[str, bool] = {}

    def __call__(self, token: str) -> bool:
        known = self._remembered.get(token)
        if known is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[token] = self._normaliser.may_hide(token)
        return known
