"""Why a text got its grade: what was read, what fired, what lowered it, what would have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.fold import fold_map
from tutelage_policy.model import Lane
from tutelage_policy.normalise import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_policy.model import Pack, Rule
    from tutelage_policy.result import Match, Result, TopicScore

STEP_WORDS = {
    Step.LOOKALIKE: "look-alike or invisible characters",
    Step.LEET: "digits for letters",
    Step.SYMBOL: "symbols for letters",
    Step.REPEAT: "repeated letters",
    Step.SPACED: "letters one by one",
    Step.ASTERISK: "an asterisk for a letter",
    Step.TYPO: "a typing slip",
    Step.JOINED: "words without a space",
    Step.SPLIT: "a word in two",
}


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that fired, and on what."""

    rule: str
    title: str
    lane: str
    voice: str
    grade: int
    full_weight: int
    weight: int
    """What the suppressors left of it."""
    start: int
    end: int
    words: str
    """Of the original; empty where only the stored result is known."""
    read_as: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Around:
    """A suppressor that could lower a rule that fired."""

    suppressor: str
    title: str
    fired: bool
    leaves_percent: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that led to a grade."""

    grade: int
    score: int
    threshold: int
    lane: str
    rule: str
    route: str
    channel: str
    age_band: str
    pack: str
    why: tuple[str, ...]
    fired: tuple[Fired, ...]
    around: tuple[Around, ...]
    topics: tuple[TopicScore, ...]
    capped: bool


def explain(
    pack: Pack, result: Result, text: str = "", read: Callable[[str], str] | None = None
) -> Explanation:
    """Explain ``result``; with its ``text``, its words are quoted, and as ``read`` has them."""
    rules = {rule.id: rule for rule in pack.rules}
    titles = {s.id: s.title for s in pack.suppressors}
    return Explanation(
        grade=result.grade,
        score=result.score,
        threshold=result.threshold,
        lane=str(result.lane or ""),
        rule=result.rule,
        route=str(result.route or ""),
        channel=str(result.channel),
        age_band=str(result.age_band),
        pack=result.pack,
        why=tuple(_why(pack, rules, result)),
        fired=tuple(_fired(rules, one, text, read or _folded) for one in result.matches),
        around=tuple(
            Around(c.suppressor, titles.get(c.suppressor, "not in this pack"), c.fired, c.percent)
            for c in result.contexts
        ),
        topics=result.topics,
        capped=result.capped,
    )


def _folded(words: str) -> str:
    return fold_map(words).text


def _fired(rules: Mapping[str, Rule], one: Match, text: str, read: Callable[[str], str]) -> Fired:
    rule = rules.get(one.rule)
    words = text[one.start : one.end]
    return Fired(
        rule=one.rule,
        title=rule.title if rule else "not in this pack",
        lane=str(one.lane),
        voice=str(rule.voice) if rule else "",
        grade=one.grade,
        full_weight=rule.weight if rule else one.weight,
        weight=one.weight,
        start=one.start,
        end=one.end,
        words=words,
        read_as=read(words) if words else "",
        steps=tuple(STEP_WORDS[step] for step in Step if step and one.steps & step),
    )


def _why(pack: Pack, rules: Mapping[str, Rule], result: Result) -> list[str]:
    """Return the reasons in sentences, the deciding one first."""
    if not result.matches:
        return ["No rule fired."]
    why: list[str] = []
    if result.lane is Lane.CRITICAL:
        why.append(
            f"{result.rule} is critical: it fires alone, nothing around it lowers it, and its "
            f"grade for {result.age_band} is {result.grade}."
        )
    elif result.grade:
        topic = rules[result.rule].topic if result.rule in rules else result.rule
        share = result.score * 100 // max(result.threshold, 1)
        if result.score >= result.threshold:
            why.append(
                f"Topic {topic} scored {result.score} of the {result.threshold} that "
                f"{result.age_band} on {result.channel} needs: grade {result.grade} is the highest "
                "that rules of at least that grade reach by themselves."
            )
        else:
            why.append(
                f"Topic {topic} scored {result.score}, {share} % of the {result.threshold} needed: "
                f"kept as a trend (grade 1) from {pack.trend_percent} % on."
            )
    else:
        best = max((t.score for t in result.topics), default=0)
        why.append(
            f"Rules fired, but the best topic scored {best}, under {pack.trend_percent} % of the "
            f"{result.threshold} needed."
        )
    lowered = [c.suppressor for c in result.contexts if c.fired]
    if lowered:
        why.append(f"Weights of topic rules were lowered by {', '.join(lowered)}.")
    why += [
        f"{one.topic} is being taught ({', '.join(one.lowered_by)}): its grade was lowered to "
        f"{one.grade}."
        for one in result.topics
        if one.lowered_by
    ]
    if result.capped:
        why.append("The text holds more hits than are judged: the first ones were.")
    return why


def lines(one: Explanation) -> list[str]:
    """Return ``one`` for a terminal."""
    head = f"grade {one.grade}" if one.grade else "nothing to report (grade 0)"
    out = [f"{head}   {one.pack}   {one.channel}, {one.age_band}", ""]
    out += [f"  {sentence}" for sentence in one.why]
    if one.fired:
        out += ["", "Rules that fired"]
    for hit in one.fired:
        weight = f"weight {hit.weight}"
        if hit.weight != hit.full_weight:
            weight += f" of {hit.full_weight}"
        out.append(f"  {hit.rule}  {hit.title}")
        out.append(f"      {hit.lane}, {hit.voice}, grade {hit.grade}, {weight}")
        if hit.words:
            out.append(f"      {hit.start}-{hit.end}: {hit.words!r}")
        if hit.steps:
            out.append(f"      read through {', '.join(hit.steps)}, as {hit.read_as!r}")
    for fired, title in ((True, "Suppressors that fired"), (False, "Suppressors that did not")):
        some = [a for a in one.around if a.fired is fired]
        if some:
            out += ["", title]
            out += [f"  {a.suppressor}  {a.title} (leaves {a.leaves_percent} %)" for a in some]
    if one.topics:
        out += ["", "Topics"]
        out += [
            f"  {t.topic}  score {t.score} of {t.threshold}, grade {t.grade}" for t in one.topics
        ]
    return out
