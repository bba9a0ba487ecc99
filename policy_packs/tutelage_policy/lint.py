"""The rules of the house for packs: each fault names file, line, rule, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.keys import Keys
from tutelage_policy.match import Matcher
from tutelage_policy.model import Channel, Lane, Voice
from tutelage_policy.nodes import longest, shortest
from tutelage_policy.template import Templates

if TYPE_CHECKING:
    from datetime import date, datetime

    from tutelage_policy.model import Pack, Rule, Suppressor

LEAST_EXAMPLES = 2
ALERT_FROM = 4
"""Grade that somebody is told of at once."""
BARE_WORD_MOST = 2
"""Highest grade that one word alone may give."""
SPOKEN = frozenset([Voice.FIRST_PERSON, Voice.SEEKING, Voice.DIRECTED, Voice.THIRD_PERSON])


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend, or (``warning``) to look at."""

    where: str
    rule: str
    why: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.rule + ': ' if self.rule else ''}{self.why}"


def lint(pack: Pack, today: date) -> list[Fault]:
    """Return every fault of ``pack``, in file order; an empty list is a sound pack."""
    faults: list[Fault] = []
    templates = Templates(dict(pack.slots))
    seen: dict[str, str] = {}
    keys = Keys()
    for rule in pack.rules:
        where = f"{rule.file}:{rule.line}"

        def fault(why: str, *, warning: bool = False, at: str = where, name: str = rule.id) -> None:
            faults.append(Fault(at, name, why, warning))

        if rule.id in seen:
            fault(f"the id is used already at {seen[rule.id]}: ids are never reused")
        seen.setdefault(rule.id, where)
        if len(rule.matches) < LEAST_EXAMPLES or len(rule.ignores) < LEAST_EXAMPLES:
            fault("needs two texts that it matches and two that it ignores")
        if rule.review_by <= today:
            fault(f"was to be reviewed by {rule.review_by}: review it and set a new date")
        if rule.review_by <= rule.reviewed:
            fault("review_by must be after reviewed")
        unknown = set(rule.suppress) - {n for s in pack.suppressors for n in (s.id, str(s.kind))}
        for name in sorted(unknown):
            fault(f"suppress names {name!r}: suppressors.toml has no such id or kind")
        if rule.suppress and rule.lane is Lane.CRITICAL:
            fault("no context may touch a critical rule: take out suppress, or use topic")
        _phrases(rule, templates, keys, fault)
    for suppressor in pack.suppressors:
        for phrase in suppressor.any:
            try:
                keys.best(templates.parse(phrase))
            except PackError as error:
                where = f"{suppressor.file}:{suppressor.line}"
                faults.append(Fault(where, suppressor.id, f"{phrase!r}: {error}"))
        if len(suppressor.matches) < 1 or len(suppressor.ignores) < LEAST_EXAMPLES:
            where = f"{suppressor.file}:{suppressor.line}"
            faults.append(Fault(where, suppressor.id, "needs a text that it matches, and two not"))
    missing = set(pack.checklist) - {rule.topic for rule in pack.rules}
    faults += [
        Fault(f"{pack.name}/pack.toml:1", "", f"no rules for {topic} of the checklist: write some")
        for topic in sorted(missing)
    ]
    return faults


def _phrases(rule: Rule, templates: Templates, keys: Keys, fault: object) -> None:
    assert callable(fault)  # noqa: S101 - a closure of lint()
    fewest = 99
    for role, phrases in (("any", rule.any), ("none", rule.none), *(("all", g) for g in rule.all)):
        for phrase in phrases:
            try:
                tree = templates.parse(phrase, rule.slots)
                if shortest(tree):
                    keys.best(tree)  # refuses what could never be looked for
            except PackError as error:
                fault(str(error))
                continue
            if shortest(tree) == 0:
                fault(f"the phrase {phrase!r} can match nothing at all: give it a firm word")
            if longest(tree) > 24:
                fault(f"the phrase {phrase!r} has more than 24 words: write two", warning=True)
            if role == "any":
                fewest = min(fewest, shortest(tree))
    alone = not rule.all
    if rule.lane is Lane.CRITICAL:
        if fewest < 2 and alone:
            fault("a critical rule has several words: this one can fire on a single word")
        if rule.voice not in SPOKEN:
            fault("a critical rule is somebody speaking: change voice = statement, or use topic")
    elif fewest < 2 and alone and max(rule.grades) > BARE_WORD_MOST:
        fault(
            f"one word alone never gives grade {max(rule.grades)}: lower it, or ask for more words"
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """An example of a rule that does not do what it should."""

    where: str
    rule: str
    text: str
    should: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: should {self.should} {self.text!r}"


def run_examples(
    pack: Pack, now: datetime, matcher: Matcher | None = None, *, whole: bool = False
) -> list[Failure]:
    """Run every rule's and suppressor's own examples; return those that fail.

    With ``whole``, also those that a rule calls innocent and on which another rule raises an alert:
    a pack's author wants to know; a device that was given the pack need not refuse it for that.
    """
    matcher = matcher or Matcher(pack)
    failures: list[Failure] = []
    rows = [
        (rule, text, should)
        for rule in pack.rules
        for should, texts in (("match", rule.matches), ("ignore", rule.ignores))
        for text in texts
    ]
    fired: dict[tuple[Channel, str], frozenset[str]] = {}
    alarming: set[tuple[Channel, str]] = set()
    for channel in Channel:
        texts = sorted({text for rule, text, _ in rows if min(rule.channels) == channel})
        for text, result in zip(texts, matcher.scan_many(texts, channel, now=now), strict=True):
            fired[channel, text] = frozenset(match.rule for match in result.matches)
            if result.grade >= ALERT_FROM:
                alarming.add((channel, text))
    failures += [
        Failure(f"{rule.file}:{rule.line}", rule.id, text, should)
        for rule, text, should in rows
        if (rule.id in fired[min(rule.channels), text]) != (should == "match")
    ]
    if whole:
        wanted = {text for rule in pack.rules for text in rule.matches}
        failures += [
            Failure(f"{rule.file}:{rule.line}", rule.id, text, f"raise no alert ({_who(by)}) for")
            for rule, text, should in rows
            if should == "ignore"
            and text not in wanted
            and (min(rule.channels), text) in alarming
            and rule.id not in (by := fired[min(rule.channels), text])
        ]
    for suppressor in pack.suppressors:
        failures += _suppressor(matcher, suppressor)
    return failures


def _who(rules: frozenset[str]) -> str:
    return "as does " + " and ".join(sorted(rules))


def _suppressor(matcher: Matcher, suppressor: Suppressor) -> list[Failure]:
    where = f"{suppressor.file}:{suppressor.line}"
    return [
        Failure(where, suppressor.id, text, should)
        for should, texts in (("match", suppressor.matches), ("ignore", suppressor.ignores))
        for text in texts
        if (suppressor.id in matcher.contexts(text)) != (should == "match")
    ]
