"""Repetition over days, from counters that hold no text (policy 6.a: bullying is *repeated*).

A rule with ``repeat = { count = 3, days = 7, grade = 3 }`` has a higher grade when it has fired on
so many occasions within so many days. What is kept is, for a keyed hash of the account and for the
rule, how often it fired on each day: no words, no names, no times of day, and nothing older than
the longest span that a rule asks for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tutelage_policy.errors import PackError
from tutelage_policy.model import Lane

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tutelage_policy.model import Pack, Rule
    from tutelage_policy.result import Result

VERSION = 1
MOST_KEYS = 20_000
"""Pairs of account and rule; the ones not met for longest are forgotten first."""
MOST_A_DAY = 1_000


@dataclass(frozen=True, slots=True)
class Repeated:
    """A result after repetition was counted; ``grade`` is never lower than before."""

    result: Result
    rule: str
    """The rule whose repetition raised the grade, or none."""
    occasions: int
    """How often that rule, or the deciding one, fired within its days, this time included."""


class Repeats:
    """Counts per account and rule and day. Pure: time comes in, and nothing is written."""

    def __init__(self, pack: Pack) -> None:
        """Count the rules of ``pack`` that have ``repeat``; all others are ignored."""
        self._rules: dict[str, Rule] = {r.id: r for r in pack.rules if r.repeat is not None}
        self._counts: dict[tuple[str, str], dict[date, int]] = {}

    def observe(
        self, subject: str, result: Result, fresh: Collection[str] | None = None
    ) -> Repeated:
        """Count ``result`` for ``subject`` and raise its grade where a rule has repeated.

        Args:
            subject: A keyed hash of the account: never a name. The caller keeps the key.
            result: Of one observation; call once for each that is an occasion of its own.
            fresh: The rules for which it is one; None: all of them.
        """
        best = result
        raised, occasions = "", 0
        for name in sorted({match.rule for match in result.matches}):
            rule = self._rules.get(name)
            if rule is None or rule.repeat is None or (fresh is not None and name not in fresh):
                continue
            count = self._count(subject, rule, result.day)
            if name == result.rule:
                occasions = max(occasions, count)
            if count >= rule.repeat.count and rule.repeat.grade > best.grade:
                best = replace(
                    result,
                    grade=rule.repeat.grade,
                    rule=name,
                    lane=Lane(rule.lane),
                    route=rule.route,
                )
                raised, occasions = name, count
        return Repeated(best, raised, occasions)

    def _count(self, subject: str, rule: Rule, day: date) -> int:
        """Add one firing on ``day`` and return how many there were within the rule's days."""
        assert rule.repeat is not None  # noqa: S101 - asked by the caller
        key = (subject, rule.id)
        days = self._counts.pop(key, {})
        first = day - timedelta(days=rule.repeat.days - 1)
        days = {d: n for d, n in days.items() if d >= first}
        days[day] = min(MOST_A_DAY, days.get(day, 0) + 1)
        self._counts[key] = days
        while len(self._counts) > MOST_KEYS:
            del self._counts[next(iter(self._counts))]
        return sum(n for d, n in days.items() if d <= day)

    def forget(self, today: date) -> None:
        """Drop every count that no rule can need any more."""
        kept: dict[tuple[str, str], dict[date, int]] = {}
        for (subject, name), days in self._counts.items():
            rule = self._rules.get(name)
            if rule is None or rule.repeat is None:
                continue
            first = today - timedelta(days=rule.repeat.days - 1)
            left = {day: n for day, n in days.items() if day >= first}
            if left:
                kept[subject, name] = left
        self._counts = kept

    def to_bytes(self) -> bytes:
        """Return the counts as JSON: ``[subject, rule, [[day, count], ...]]``."""
        rows = [
            [subject, rule, [[day.isoformat(), n] for day, n in sorted(days.items())]]
            for (subject, rule), days in self._counts.items()
        ]
        return json.dumps({"version": VERSION, "counts": rows}, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, pack: Pack, data: bytes) -> Repeats:
        """Return the counts that ``to_bytes`` wrote; rules that are gone are left out.

        Raises:
            PackError: The bytes are not such counts. Begin anew: a lost count costs a late grade.
        """
        out = cls(pack)
        try:
            found = json.loads(data)
            if found["version"] != VERSION:
                raise PackError(f"repeat counts of version {found['version']}: begin anew")
            for subject, rule, days in found["counts"]:
                if rule in out._rules:
                    out._counts[_text(subject), rule] = dict(_days(days))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise PackError("repeat counts are damaged: begin anew") from error
        return out


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _days(rows: Iterable[tuple[str, int]]) -> Iterable[tuple[date, int]]:
    for day, count in rows:
        if type(count) is not int or not 0 < count <= MOST_A_DAY:
            raise ValueError
        yield date.fromisoformat(day), count
