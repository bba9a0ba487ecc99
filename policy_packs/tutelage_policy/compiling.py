"""From a pack to its tables: every phrase parsed, keyed, and written down once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from tutelage_policy.compiled import FIRST_GROUP, NONE, SUPPRESSOR, Compiled, Tables, use, used
from tutelage_policy.engines import make_engine
from tutelage_policy.errors import PackError
from tutelage_policy.keys import COST_EACH, Keys, plain_words
from tutelage_policy.looks import LooksBuilder
from tutelage_policy.model import Lane
from tutelage_policy.nodes import Alt, vocabulary
from tutelage_policy.phrases import PhrasesBuilder
from tutelage_policy.sieve import LEAST_CAP, WORDS_A_SEGMENT
from tutelage_policy.tables import Pool, Rows, numbers
from tutelage_policy.template import Templates
from tutelage_policy.trees import Planter
from tutelage_policy.vocabulary import Vocabulary

if TYPE_CHECKING:
    from tutelage_policy.keys import Key
    from tutelage_policy.model import Pack
    from tutelage_policy.nodes import Node

CHARS_A_WORD = 9
SLACK = 24
MOST_REACH = 160
"""Characters; phrases of more than some 18 words are not read to their end in a disguise."""
LEAST_READ, LEAST_CONTEXT = 4096, 16_384
READ_MORE, READ_FIRST = 16_384_000, 12_288
"""For each key that a word of ordinary English gives; and as much again of the first of it: a pack
of rare phrases alone has little to read in any text but a hostile one."""


def compile_pack(pack: Pack, engine: str = "") -> Compiled:
    """Return ``pack`` compiled for ``engine`` (default: the best that is here).

    Raises:
        PackError: A phrase is not in the language; every fault is named.
    """
    collects = gc.isenabled()
    gc.disable()  # what is made here stays to the end: looking for garbage in it takes a third
    try:
        return _Compiler(pack).compiled(engine)
    finally:
        if collects:
            gc.enable()


class _Compiler:
    """One pack being compiled."""

    def __init__(self, pack: Pack) -> None:
        self._keys = Keys()
        self._leads: list[tuple[Node, Key]] = []
        self._lead_numbers: dict[int, int] = {}
        self._lead_uses: list[list[int]] = []
        self._arounds: list[Node] = []
        self._around_numbers: dict[int, int] = {}
        self._around_uses: list[list[int]] = []
        self._context: list[int] = []
        self._critical = [rule.lane is Lane.CRITICAL for rule in pack.rules]
        self._window = pack.window
        self._read(pack)

    def _read(self, pack: Pack) -> None:
        templates = Templates(dict(pack.slots))
        wrong: list[str] = []
        widest = max((s.within for s in pack.suppressors), default=0)
        for index, rule in enumerate(pack.rules):
            try:
                for phrase in rule.any:
                    self._lead(templates.parse(phrase, rule.slots), index)
                for group, phrases in enumerate(rule.all, FIRST_GROUP):
                    for phrase in phrases:
                        self._near(templates.parse(phrase, rule.slots), use(index, group))
                for phrase in rule.none:
                    self._near(templates.parse(phrase, rule.slots), use(index, NONE))
            except PackError as error:
                wrong.append(f"{rule.file}:{rule.line}: {rule.id}: {error}")
            own = rule.within if rule.all or rule.none else 0
            lowered = rule.lane is Lane.TOPIC and (rule.suppressors or rule.suppress)
            self._context.append(max(own, widest if lowered else 0))
        for index, suppressor in enumerate(pack.suppressors):
            try:
                for phrase in suppressor.any:
                    self._near(templates.parse(phrase), use(index, SUPPRESSOR))
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
            number = self._lead_numbers[id(tree)] = len(self._leads)
            self._leads.append((tree, self._keys.best(tree)))
            self._lead_uses.append([])
        if rule not in self._lead_uses[number]:
            self._lead_uses[number].append(rule)

    def _near(self, tree: Node, number: int) -> None:
        at = self._around_numbers.get(id(tree))
        if at is None:
            at = self._around_numbers[id(tree)] = len(self._arounds)
            self._keys.best(tree)
            self._arounds.append(tree)
            self._around_uses.append([])
        self._around_uses[at].append(number)

    def compiled(self, engine: str) -> Compiled:
        """Return everything."""
        words = Vocabulary.of(_words([tree for tree, _ in self._leads]), _words(self._arounds))
        planter, groups = Planter(words.ids), Pool()
        groups.number(())
        lead, around = PhrasesBuilder(words.ids), PhrasesBuilder(words.ids)
        near: list[int] = []
        for tree, key in self._leads:
            sets = [planter.set_of(one) for one in self._keys.companions(tree, key)]
            near.append(groups.number(tuple(sets)))
            lead.add(planter.plant(tree), key, near[-1])
        for tree in self._arounds:
            around.add(planter.plant(tree), self._keys.best(tree))
        sizes = [self._keys.size(tree)[1] for tree, _ in self._leads]
        # A pack of rare phrases is capped tightly; one whose keys are common words cannot be.
        rate = sum(
            key.cost - key.size * COST_EACH for tree, key in self._leads if not plain_words(tree)
        )
        more = round(READ_MORE * rate)
        critical = [any(self._critical[rule] for rule in rules) for rules in self._lead_uses]
        looks = self._looks(sizes, near, critical)
        spaced, packed = (make_engine(one, engine) for one in looks.literals())
        rows = groups.rows()
        tables = Tables(
            vocabulary=words,
            trees=planter.trees(),
            lead=lead.phrases(rows),
            lead_uses=Rows.of(self._lead_uses),
            around=around.phrases(rows),
            around_uses=Rows.of(self._around_uses),
            around_of=self._around_of(),
            critical=bytes(critical),
            context=numbers(self._context),
            looks=looks.looks(),
            reach=min(MOST_REACH, max(sizes, default=1) * CHARS_A_WORD + SLACK),
            most_found=LEAST_CAP + round(8 * rate * WORDS_A_SEGMENT),
            most_read=LEAST_READ + min(READ_FIRST, more) + more,
            most_context=LEAST_CONTEXT + more,
            far=16 * max(self._window, *self._context, 1),
        )
        return Compiled(tables, (spaced, packed))

    def _around_of(self) -> Rows:
        """Return the phrases of each rule, and at last those of suppressors."""
        found: list[list[int]] = [[] for _ in range(len(self._context) + 1)]
        for phrase, uses in enumerate(self._around_uses):
            for owner, group in map(used, uses):
                found[-1 if group == SUPPRESSOR else owner].append(phrase)
        return Rows.of(found)

    def _looks(self, sizes: list[int], near: list[int], critical: list[bool]) -> LooksBuilder:
        """Return what to look for: phrases of ``any`` only; the others matter near a match."""
        looks = LooksBuilder()
        for number, ((tree, key), size) in enumerate(zip(self._leads, sizes, strict=True)):
            plain = plain_words(tree)
            if plain and all(word.isascii() for word in plain):
                looks.add_plain(plain, number, critical=critical[number])
                continue
            back = min(MOST_REACH, key.most * CHARS_A_WORD + SLACK)
            for literal in key.literals:
                after = size - key.least - len(literal)
                ahead = min(MOST_REACH, after * CHARS_A_WORD + SLACK)
                looks.add(literal, back, ahead, near[number], critical=critical[number])
        return looks


def _words(trees: list[Node]) -> set[str]:
    """Return every word of ``trees``."""
    found: set[str] = set()
    seen: dict[int, Node] = {}
    for tree in trees:
        vocabulary(tree, found, seen)
    return found
