"""The whole path: text -> lattice -> phrases -> rules -> result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.model import AgeBand, Channel, Lane
from tutelage_policy.normalise import Normaliser, Step
from tutelage_policy.phrases import Phrases
from tutelage_policy.score import RuleHit, SuppressorHit, judge
from tutelage_policy.template import Templates, vocabulary
from tutelage_policy.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_policy.model import Pack, Rule
    from tutelage_policy.normalise import Lattice
    from tutelage_policy.phrases import PhraseHit
    from tutelage_policy.result import Result

MAX_HITS = 2000
"""Phrase hits judged in one text; a page of nothing but keywords costs no more."""


@dataclass(frozen=True, slots=True)
class Use:
    """Where a phrase is used: a rule's ``any``, one of its ``all`` groups, or its ``none``."""

    rule: int
    group: int
    """-1 ``any``, -2 ``none``, 0 and up ``all``; suppressors have -3."""


ANY, NONE, SUPPRESSOR = -1, -2, -3


class Matcher:
    """A compiled pack. Building takes a second or two; scanning is safe from any one thread."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self._phrases = Phrases()
        self._uses: list[list[Use]] = []
        numbers: dict[int, int] = {}
        templates = Templates(dict(pack.slots))
        words: set[str] = set()

        def use(phrase: str, slots: tuple[tuple[str, tuple[str, ...]], ...], what: Use) -> None:
            tree = templates.parse(phrase, slots)
            number = numbers.get(id(tree))
            if number is None:
                number = numbers[id(tree)] = self._phrases.add(tree)
                self._uses.append([])
                vocabulary(tree, words)
            self._uses[number].append(what)

        wrong: list[str] = []
        for index, rule in enumerate(pack.rules):
            try:
                for phrase in rule.any:
                    use(phrase, rule.slots, Use(index, ANY))
                for group, phrases in enumerate(rule.all):
                    for phrase in phrases:
                        use(phrase, rule.slots, Use(index, group))
                for phrase in rule.none:
                    use(phrase, rule.slots, Use(index, NONE))
            except PackError as error:
                wrong.append(f"{rule.file}:{rule.line}: {rule.id}: {error}")
        for index, suppressor in enumerate(pack.suppressors):
            try:
                for phrase in suppressor.any:
                    use(phrase, (), Use(index, SUPPRESSOR))
            except PackError as error:
                where = f"{suppressor.file}:{suppressor.line}: {suppressor.id}"
                wrong.append(f"{where}: {error}")
        if wrong:
            raise PackError("\n".join(wrong))
        self._templates = templates
        self._normaliser = Normaliser(Vocabulary(frozenset(words)))

    def scan(
        self,
        text: str,
        channel: Channel = Channel.FILE,
        age_band: AgeBand = AgeBand.SECONDARY,
        *,
        now: datetime,
    ) -> Result:
        """Return what ``text`` amounts to; places in the result refer to ``text`` itself."""
        lattice = self._normaliser.lattice(text)
        found = self._phrases.find(lattice, MAX_HITS)
        hits, around = self._rules(lattice, found, channel)
        return judge(
            self.pack,
            hits,
            around,
            channel,
            age_band,
            now.date(),
            capped=len(found) >= MAX_HITS,
        )

    def scan_many(
        self,
        texts: Sequence[str],
        channel: Channel = Channel.FILE,
        age_band: AgeBand = AgeBand.SECONDARY,
        *,
        now: datetime,
    ) -> list[Result]:
        """Return one result a text, in order."""
        return [self.scan(text, channel, age_band, now=now) for text in texts]

    def fires(self, rule: str, text: str, channel: Channel, *, now: datetime) -> bool:
        """Return whether ``rule`` fires on ``text``, whatever the score: what examples test."""
        return any(m.rule == rule for m in self.scan(text, channel, now=now).matches)

    def contexts(self, text: str) -> frozenset[str]:
        """Return the suppressors whose words ``text`` holds: what their examples test."""
        lattice = self._normaliser.lattice(text)
        seen: dict[str, set[int]] = {}
        for hit in self._phrases.find(lattice, MAX_HITS):
            for use in self._uses[hit.phrase]:
                if use.group == SUPPRESSOR:
                    seen.setdefault(self.pack.suppressors[use.rule].id, set()).add(hit.phrase)
        return frozenset(
            s.id for s in self.pack.suppressors if len(seen.get(s.id, ())) >= s.at_least
        )

    def _rules(
        self, lattice: Lattice, found: list[PhraseHit], channel: Channel
    ) -> tuple[list[RuleHit], list[SuppressorHit]]:
        """Return the rules whose conditions hold, and the contexts around them."""
        matches: dict[int, list[PhraseHit]] = {}
        groups: dict[tuple[int, int], list[tuple[int, int]]] = {}
        around: list[SuppressorHit] = []
        for hit in found:
            for use in self._uses[hit.phrase]:
                if use.group == ANY:
                    matches.setdefault(use.rule, []).append(hit)
                elif use.group == SUPPRESSOR:
                    around.append(
                        SuppressorHit(self.pack.suppressors[use.rule], hit.start, hit.phrase)
                    )
                else:
                    groups.setdefault((use.rule, use.group), []).append((hit.start, hit.end))
        hits: list[RuleHit] = []
        for index in sorted(matches):
            rule = self.pack.rules[index]
            if channel not in rule.channels:
                continue
            seen: set[int] = set()
            for hit in sorted(matches[index], key=lambda h: (h.steps, h.start, -h.end)):
                if hit.start in seen or not self._holds(index, rule, hit, groups):
                    continue
                if hit.steps & Step.JOINED and rule.lane is not Lane.CRITICAL and hit.words < 3:
                    continue
                seen.add(hit.start)
                hits.append(
                    RuleHit(
                        rule,
                        hit.start,
                        lattice.starts[hit.start],
                        lattice.ends[hit.end - 1],
                        hit.steps,
                    )
                )
        return hits, around

    @staticmethod
    def _holds(
        index: int,
        rule: Rule,
        hit: PhraseHit,
        groups: dict[tuple[int, int], list[tuple[int, int]]],
    ) -> bool:
        """Return whether every ``all`` group is near ``hit`` and no ``none`` phrase is."""
        low, high = hit.start - rule.within, hit.end + rule.within
        for group in range(len(rule.all)):
            if not any(e > low and s < high for s, e in groups.get((index, group), ())):
                return False
        return not any(e > low and s < high for s, e in groups.get((index, NONE), ()))
