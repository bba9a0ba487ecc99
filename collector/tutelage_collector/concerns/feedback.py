"""What a false positive tells the authors of the pack: the rule and the shape, never the text.

An example is only in it where the safeguarding lead invented one; then the pack itself says what
it makes of it today, and the feedback says which line would change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.concerns import rules
from tutelage_collector.errors import ConcernError
from tutelage_policy import model as policy
from tutelage_policy.errors import PackError
from tutelage_policy.image import default_cache, open_matcher

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.output import Row
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern
    from tutelage_wire.events import EventId
    from tutelage_wire.sealed import Content

_MOST_EXAMPLE = 300


@dataclass(frozen=True, slots=True)
class Tried:
    """What the shipped pack makes of an invented example today."""

    text: str
    grade: int
    rule: str


def feedback(
    concern: Concern,
    alerts: Sequence[Alert],
    shapes: dict[EventId, str],
    example: str,
    now: datetime,
) -> list[Row]:
    """Return one row an alert.

    Args:
        concern: with a false positive as its outcome.
        alerts: its alerts.
        shapes: event id -> shape (``shape_of``), where somebody opened the excerpt.
        example: invented by the safeguarding lead; "" = none.
        now: the present moment.

    Raises:
        ConcernError: its outcome is not a false positive, or the example is too long.
    """
    if concern.outcome not in rules.FALSE_POSITIVES:
        raise ConcernError("feedback is for false positives: choose that outcome first")
    if len(example) > _MOST_EXAMPLE:
        raise ConcernError(f"an example is one sentence, up to {_MOST_EXAMPLE} characters")
    rows: list[Row] = []
    for one in alerts:
        tried = _tried(one, example, now) if example else None
        rows.append(
            {
                "rule": one.rule_id,
                "pack": one.pack,
                "verdict": concern.outcome.value,
                "channel": one.channel,
                "age_band": one.age_band,
                "grade": one.grade,
                "score": one.score,
                "threshold": one.threshold,
                "repeats": one.repeats,
                "shape": shapes.get(one.event_id, "sealed"),
                "example": example or None,
                "grade_today": tried.grade if tried else None,
                "rule_today": tried.rule if tried else None,
                "change": _change(one, example),
                "effect": _effect(one, tried),
            }
        )
    return rows


def shape_of(content: Content) -> str:
    """Return how long an excerpt is and where in it the match lies, in words: no word of it."""
    parts, last = [], 0
    for start, end in sorted(content.spans):
        if start < last:
            continue
        parts += [_counted(content.excerpt[last:start], "")]
        parts += [_counted(content.excerpt[start:end], "matched ")]
        last = end
    parts.append(_counted(content.excerpt[last:], ""))
    return " · ".join(one for one in parts if one)


def _counted(text: str, kind: str) -> str:
    number = len(text.replace("…", " ").split())
    return f"{number} {kind}word{'' if number == 1 else 's'}" if number else ""


def _change(alert: Alert, example: str) -> str:
    """Return the line that the pack's author would add to the rule."""
    shown = json.dumps(example or "an invented sentence that this rule should ignore",
                       ensure_ascii=False)  # fmt: skip
    return f"# in the rule {alert.rule_id}\nignores = [{shown}]\n"


def _effect(alert: Alert, tried: Tried | None) -> str:
    if tried is None:
        return (
            "with an invented example, the pack's tests would fail until the rule ignores it; "
            "nothing changes on devices before a new pack is signed"
        )
    if tried.rule != alert.rule_id:
        said = f"grade {tried.grade} by {tried.rule}" if tried.grade else "nothing"
        return f"this rule does not fire on the example (today: {said}); invent a closer one"
    return (
        f"today the example gives grade {tried.grade}; as an ignored example the pack's tests "
        "fail until the rule gives nothing"
    )


def _tried(alert: Alert, example: str, now: datetime) -> Tried:
    try:
        matcher = open_matcher(None, default_cache())
        result = matcher.scan(
            example, policy.Channel(alert.channel), policy.AgeBand(alert.age_band), now=now
        )
    except (PackError, ValueError) as error:
        raise ConcernError(f"the pack cannot be tried here: {error}") from error
    return Tried(example, result.grade, result.rule)
