"""A pack as the matcher needs it: phrases by number, their uses, and a sieve for their keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.keys import COST_EACH, Keys, plain_words
from tutelage_policy.model import Lane
from tutelage_policy.nodes import Alt, vocabulary
from tutelage_policy.normalise import Normaliser
from tutelage_policy.phrases import Phrases
from tutelage_policy.sieve import Sieve
from tutelage_policy.template import Templates
from tutelage_policy.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tutelage_policy.keys import Key
    from tutelage_policy.model import Pack
    from tutelage_policy.nodes import Node

NONE, SUPPRESSOR = -2, -3
CHARS_A_WORD = 9
SLACK = 24
MOST_REACH = 160
"""Characters; phrases of more than some 18 words are not read to their end in a disguise."""
MOST_REMEMBERED = 50_000
LEAST_READ = 16_384


@dataclass(frozen=True, slots=True)
class Use:
    """Where a phrase around a match is used."""

    rule: int
    """Number of the rule, or of the suppressor."""
    group: int
    """``NONE``, ``SUPPRESSOR``, or the number of the rule's ``all`` group."""


class Compiled:
    """Everything that a pack's rules and suppressors say, ready to be looked for."""

    def __init__(self, pack: Pack, engine: str = "") -> None:
        """Compile ``pack``.

        Raises:
            PackError: A phrase is not in the language; every fault is named.
        """
        self.lead = Phrases()
        self.lead_uses: list[list[int]] = []
        """Numbers of the rules whose ``any`` has the phrase."""
        self.around = Phrases()
        self.around_uses: list[list[Use]] = []
        self.context: list[int] = []
        """Words around a match that each rule has to look at; 0 where it stands alone."""
        self._templates, self._keys = Templates(dict(pack.slots)), Keys()
        self._lead_numbers: dict[int, int] = {}
        self._around_numbers: dict[int, int] = {}
        self._leads: list[tuple[Node, Key]] = []
        self._lead_words: set[str] = set()
        self._words: set[str] = set()
        self._lead_seen: dict[int, Node] = {}
        self._near_seen: dict[int, Node] = {}
        self._sets: dict[frozenset[str], frozenset[bytes]] = {}
        self._bytes: dict[str, bytes] = {}
        self._read(pack)
        self.far = 16 * max(pack.window, *self.context, 1)
        """Characters that are further apart than anything is looked for."""
        words = frozenset(self._words | self._lead_words)
        self.vocabulary = Vocabulary(words)
        self.normaliser = Normaliser(self.vocabulary)
        self.sieve = self._sieve(engine)
        del self._lead_numbers, self._around_numbers, self._leads, self._keys, self._templates
        del self._lead_seen, self._near_seen, self._sets, self._bytes

    def _read(self, pack: Pack) -> None:
        wrong: list[str] = []
        widest = max((s.within for s in pack.suppressors), default=0)
        for index, rule in enumerate(pack.rules):
            try:
                for phrase in rule.any:
                    self._lead(self._templates.parse(phrase, rule.slots), index)
                for group, phrases in enumerate(rule.all):
                    for phrase in phrases:
                        self._near(self._templates.parse(phrase, rule.slots), Use(index, group))
                for phrase in rule.none:
                    self._near(self._templates.parse(phrase, rule.slots), Use(index, NONE))
            except PackError as error:
                wrong.append(f"{rule.file}:{rule.line}: {rule.id}: {error}")
            own = rule.within if rule.all or rule.none else 0
            lowered = rule.lane is Lane.TOPIC and (rule.suppressors or rule.suppress)
            self.context.append(max(own, widest if lowered else 0))
        for index, suppressor in enumerate(pack.suppressors):
            try:
                for phrase in suppressor.any:
                    self._near(self._templates.parse(phrase), Use(index, SUPPRESSOR))
            except PackError as error:
                where = f"{suppressor.file}:{suppressor.line}: {suppressor.id}"
                wrong.append(f"{where}: {error}")
        if wrong:
            raise PackError("\n".join(wrong))

    def _lead(self, tree: Node, rule: int) -> None:
        if isinstance(tree, Alt):  # each alternative has a rarer key than all together
            for part in tree.parts:
                self._lead(part, rule)
            return
        number = self._lead_numbers.get(id(tree))
        if number is None:
            key = self._keys.best(tree)
            number = self._lead_numbers[id(tree)] = self.lead.add(tree, key)
            self._leads.append((tree, key))
            self.lead_uses.append([])
            vocabulary(tree, self._lead_words, self._lead_seen)
        if rule not in self.lead_uses[number]:
            self.lead_uses[number].append(rule)

    def _near(self, tree: Node, use: Use) -> None:
        number = self._around_numbers.get(id(tree))
        if number is None:
            number = self._around_numbers[id(tree)] = self.around.add(tree, self._keys.best(tree))
            self.around_uses.append([])
            vocabulary(tree, self._words, self._near_seen)
        self.around_uses[number].append(use)

    def _sieve(self, engine: str) -> Sieve:
        """Return a sieve for every phrase of ``any``; the others matter only near a match."""
        sizes = [self._keys.size(tree)[1] for tree, _ in self._leads]
        reach = min(MOST_REACH, max(sizes, default=1) * CHARS_A_WORD + SLACK)
        # A pack of rare phrases is capped tightly; one whose keys are common words cannot be.
        rate = sum(
            key.cost - key.size * COST_EACH for tree, key in self._leads if not plain_words(tree)
        )
        sieve = Sieve(reach, rate)
        self.most_read = round(LEAST_READ * (1 + 1000 * rate))
        """Characters around spots, and around hits, that are read closely in one text."""
        for number, ((tree, key), size) in enumerate(zip(self._leads, sizes, strict=True)):
            plain = plain_words(tree)
            if plain and all(word.isascii() for word in plain):
                sieve.add_plain(plain, number)
                continue
            back = min(MOST_REACH, key.most * CHARS_A_WORD + SLACK)
            near = tuple(self._encoded(words) for words in self._keys.companions(tree, key))
            for literal in key.literals:
                after = size - key.least - len(literal)
                sieve.add(literal, back, min(MOST_REACH, after * CHARS_A_WORD + SLACK), near)
        exact = Normaliser(self.vocabulary, slips=False)
        words = frozenset(self._lead_words)
        sieve.close(
            self.vocabulary, _MayHide(exact, words), _MayHide(self.normaliser, words), engine
        )
        return sieve

    def _encoded(self, words: frozenset[str]) -> frozenset[bytes]:
        """Return ``words`` as bytes; equal sets are one object, and there are many of them."""
        found = self._sets.get(words)
        if found is None:
            found = self._sets[words] = frozenset(
                self._bytes.setdefault(word, word.encode()) for word in words
            )
        return found


class _MayHide:
    """Tells whether a token can be read as a word of a rule; it remembers answers."""

    def __init__(self, normaliser: Normaliser, words: frozenset[str]) -> None:
        self._normaliser, self._words = normaliser, words
        self._remembered: dict[str, bool] = {}

    def __call__(self, token: str) -> bool:
        known = self._remembered.get(token)
        if known is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            known = self._normaliser.may_hide(token, self._words)
            self._remembered[token] = known
        return known

    def __reduce__(self) -> tuple[type[_MayHide], tuple[Normaliser, frozenset[str]]]:
        """Return how to make it again, with nothing remembered."""
        return _MayHide, (self._normaliser, self._words)
