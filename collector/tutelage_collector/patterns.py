"""What only the collector can know about an alert: repetition, several children, vulnerability.

It raises grades and never lowers one: a critical phrase stays what the device said. Pure; the
caller brings what happened before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.store.records_people import Level
from tutelage_wire.events import AgeBand, Grade, Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_people import Standing

REMEMBERED = timedelta(days=14)
"""How far back repetition counts: two school weeks."""
DAY = timedelta(hours=24)
BULLYING = frozenset({"bullying", "harmful_challenges", "hazing"})
_BULLYING_DAYS = 2
"""OSP 6.a: bullying is repetitive; the same on a second day already shows it."""
_BULLYING_CHILDREN = 3
_DAYS = 3
_CAP = Grade.WITHIN_30_MINUTES
"""Counting raises no higher: grade 5 takes words that say so."""
AT_ANY_HOUR = frozenset(
    {"suicide", "self_harm", "sexual_abuse", "abuse_at_home", "domestic_abuse",
     "honour_based_abuse", "running_away", "sextortion", "grooming", "meeting_strangers"}
)  # fmt: skip
"""Life, limb and abuse: from grade 4 on, no night is too late for them."""
_AGES = (AgeBand.PRIMARY, AgeBand.SECONDARY, AgeBand.SIXTH_FORM, AgeBand.ADULT)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A grade, and why it is higher than the device's."""

    grade: int
    raised: tuple[str, ...] = ()


def weigh(
    alert: Alert,
    of_account: Sequence[Alert],
    of_kind: Sequence[Alert],
    known: Standing | None,
) -> Weighed:
    """Return an alert's grade with what the collector knows.

    Args:
        alert: as the device graded it.
        of_account: the account's alerts of the last ``REMEMBERED``; this one may be among them.
        of_kind: for bullying, alerts of the same sub-category at the same school in the last
            ``DAY``, likewise.
        known: what the school's own list says of the account; None = it is not in it.
    """
    if alert.canary or alert.route is Route.ICT or alert.grade <= Grade.TREND:
        return Weighed(alert.grade)
    grade, raised = alert.grade, []
    for reason in (_repeated(alert, of_account), _several_children(alert, of_kind)):
        if reason and grade < _CAP:
            grade += 1
            raised.append(reason)
    if known and alert.age_band in _AGES:
        younger = _AGES.index(known.age_band) < _AGES.index(AgeBand(alert.age_band))
        if younger and grade < _CAP:
            grade += 1
            raised.append("the pupil is younger than the device is set up for")
    most = Grade.WITHIN_5_MINUTES if alert.subcategory in AT_ANY_HOUR else _CAP
    if known and known.level is not Level.STANDARD and grade < most:
        grade += 1
        raised.append("the school looks more closely after this account (its own list)")
    return Weighed(grade, tuple(raised))


def at_any_hour(alert: Alert, grade: int) -> bool:
    """Tell whether quiet hours must not hold an alert back."""
    if grade >= Grade.WITHIN_5_MINUTES:
        return True
    urgent = alert.subcategory in AT_ANY_HOUR or alert.route is Route.SUPPORT
    return grade >= Grade.WITHIN_30_MINUTES and urgent


def _repeated(alert: Alert, before: Sequence[Alert]) -> str:
    if not alert.account:
        return ""
    same = [one for one in before if one.subcategory == alert.subcategory]
    if any(one.rule_id == alert.rule_id and one.grade < alert.grade for one in same):
        return ""  # the device has counted already, and raised it
    days = {one.received_at.date() for one in (*same, alert)}
    bullying = alert.subcategory in BULLYING
    if len(days) < (_BULLYING_DAYS if bullying else _DAYS):
        return ""
    policy = " (policy 6.a: repeated)" if bullying else ""
    return f"the same account on {len(days)} days within two weeks{policy}"


def _several_children(alert: Alert, before: Sequence[Alert]) -> str:
    if alert.subcategory not in BULLYING:
        return ""
    accounts = {
        one.account
        for one in (*before, alert)
        if one.account and alert.received_at - one.received_at <= DAY
    }
    if len(accounts) < _BULLYING_CHILDREN:
        return ""
    return f"{len(accounts)} accounts within a day (policy 6.a: by a group)"
