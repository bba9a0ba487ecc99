"""From rule hits to a grade: two lanes, windows of words, thresholds, suppressors.

*Critical*: the rule's own grade, whatever stands around it. *Topic*: within one window of words
each distinct rule of a sub-category adds its weight once, lowered by the suppressors near it; the
sum against the threshold for this age band and channel decides, and the grade is the highest one
for which rules of at least that grade carry a full score by themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from tutelage_policy.model import Lane
from tutelage_policy.result import Context, Match, Result, TopicScore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tutelage_policy.model import (
        AgeBand,
        Channel,
        CurriculumWindow,
        Pack,
        Rule,
        Suppressor,
    )

_WORD = itemgetter(0)
FLOOR_PERCENT = 10
"""Suppressors together never leave less than this of a weight."""


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule's conditions hold; ``word`` is its place in the lattice, the rest as in ``Match``."""

    rule: Rule
    word: int
    start: int
    end: int
    steps: int


@dataclass(frozen=True, slots=True)
class SuppressorHit:
    """A suppressor's phrase was met at a place of the lattice."""

    suppressor: Suppressor
    word: int
    phrase: int


def applies(pattern: str, topic: str) -> bool:
    """Return whether ``pattern`` (``content.suicide``, ``content.*``, ``*``) names ``topic``."""
    return pattern in ("*", topic) or (pattern.endswith(".*") and topic.startswith(pattern[:-1]))


def judge(
    pack: Pack,
    hits: Sequence[RuleHit],
    around: Sequence[SuppressorHit],
    channel: Channel,
    band: AgeBand,
    day: date,
    *,
    words: int,
    capped: bool,
) -> Result:
    """Return the result of one text; the same arguments always give the same result."""
    threshold = pack.threshold(band, channel, words)
    if words > pack.short_words:
        hits = [hit for hit in hits if not hit.rule.short]
    matches: list[Match] = []
    weighed: list[tuple[RuleHit, int]] = []
    contexts: dict[str, Context] = {}
    for hit in hits:
        if hit.rule.lane is Lane.CRITICAL:
            weight = hit.rule.weight
        else:
            weight = _lowered(pack, hit, around, channel, contexts)
            weighed.append((hit, weight))
        matches.append(
            Match(
                hit.rule.id,
                hit.start,
                hit.end,
                hit.rule.lane,
                hit.rule.grade(band),
                weight,
                int(hit.steps),
            )
        )
    best: tuple[int, int, int, str] = (0, 0, 0, "")
    decided: Rule | None = None
    for hit in hits:
        if hit.rule.lane is Lane.CRITICAL:
            grade = hit.rule.grade(band)
            candidate = (grade, 1, max(hit.rule.weight, threshold), hit.rule.id)
            if candidate[:3] > best[:3]:
                best, decided = candidate, hit.rule
    topics = tuple(_topics(pack, weighed, threshold, band, day))
    for topic in topics:
        candidate = (topic.grade, 0, topic.score, topic.topic)
        if candidate[:3] > best[:3]:
            best = candidate
            decided = max(
                (h.rule for h, _ in weighed if h.rule.topic == topic.topic),
                key=lambda rule: (rule.grade(band), rule.weight, rule.id),
            )
    return Result(
        grade=best[0],
        score=best[2],
        threshold=threshold,
        lane=decided.lane if decided is not None else None,
        rule=decided.id if decided is not None else "",
        route=decided.route if decided is not None else None,
        matches=tuple(sorted(matches, key=lambda m: (m.start, m.end, m.rule))),
        topics=topics,
        contexts=tuple(contexts[name] for name in sorted(contexts)),
        channel=channel,
        age_band=band,
        day=day,
        pack=pack.ref,
        capped=capped,
    )


def _lowered(
    pack: Pack,
    hit: RuleHit,
    around: Sequence[SuppressorHit],
    channel: Channel,
    contexts: dict[str, Context],
) -> int:
    """Return what is left of a topic rule's weight among the suppressors near it."""
    weight = hit.rule.weight * 100
    silent = False
    for suppressor in pack.suppressors:
        named = suppressor.id in hit.rule.suppress or suppressor.kind in hit.rule.suppress
        general = (
            hit.rule.suppressors
            and hit.rule.voice in suppressor.voices
            and any(applies(p, hit.rule.topic) for p in suppressor.applies_to)
        )
        if channel not in suppressor.channels or not (named or general):
            continue
        near = {
            s.phrase
            for s in around
            if s.suppressor is suppressor and abs(s.word - hit.word) <= suppressor.within
        }
        fired = len(near) >= suppressor.at_least
        percent = 0 if named else suppressor.percent
        have = contexts.get(suppressor.id)
        if have is None or (fired, -percent) > (have.fired, -have.percent):
            contexts[suppressor.id] = Context(suppressor.id, fired, percent)
        if fired and named:
            silent = True
        elif fired:
            weight = weight * suppressor.percent // 100
    return 0 if silent else max(weight, hit.rule.weight * FLOOR_PERCENT) // 100


def _topics(
    pack: Pack,
    weighed: Sequence[tuple[RuleHit, int]],
    threshold: int,
    band: AgeBand,
    day: date,
) -> list[TopicScore]:
    by_topic: dict[str, list[tuple[RuleHit, int]]] = {}
    for hit, weight in weighed:
        by_topic.setdefault(hit.rule.topic, []).append((hit, weight))
    out = []
    for topic in sorted(by_topic):
        rows = sorted(
            (hit.word, hit.rule.id, weight, hit.rule.grade(band)) for hit, weight in by_topic[topic]
        )
        best = (0, 0)
        reached = -1
        for first, (anchor, _, _, _) in enumerate(rows):
            last = bisect_right(rows, anchor + pack.window, key=_WORD)
            if last == reached:  # part of the window before: it cannot earn more
                continue
            reached = last
            inside: dict[str, tuple[int, int]] = {}
            for _, rule, weight, grade in rows[first:last]:
                have = inside.get(rule)
                if have is None or (weight, grade) > have:
                    inside[rule] = (weight, grade)
            best = max(best, _earned(list(inside.values()), threshold, pack.trend_percent))
        grade, score = best
        grade, windows = _in_curriculum(pack.windows, topic, grade, band, day)
        out.append(TopicScore(topic, score, threshold, grade, windows))
    return out


def _earned(rows: list[tuple[int, int]], threshold: int, trend_percent: int) -> tuple[int, int]:
    """Return (grade, score) of one window's rules, given as (weight, grade)."""
    score = sum([weight for weight, _ in rows])
    if score < threshold:  # so is the score of those of any grade
        return (1 if score * 100 >= threshold * trend_percent else 0), score
    for grade in range(5, 1, -1):
        if sum([weight for weight, own in rows if own >= grade]) >= threshold:
            return grade, score
    return 1, score


def _in_curriculum(
    windows: Sequence[CurriculumWindow], topic: str, grade: int, band: AgeBand, day: date
) -> tuple[int, tuple[str, ...]]:
    used = []
    for window in windows:
        if (
            grade > 1
            and window.starts <= day <= window.ends
            and band in window.bands
            and any(applies(p, topic) for p in window.applies_to)
        ):
            grade = max(1, grade - window.lowers)
            used.append(window.id)
    return grade, tuple(used)
