"""What people did with alerts, as counts. Pure: concerns, episodes and approvals in, numbers out.

A concern about the headteacher goes past the headteacher to the trust (safeguarding.md 3.5): it is
in no count of a school's report, because a one there would tell. A concern about another member
of staff is counted for the headteacher alone.
"""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import TYPE_CHECKING

from tutelage_collector.alerts import acknowledge_within
from tutelage_collector.concerns import rules
from tutelage_collector.figures.model import Casework, Response
from tutelage_collector.store.records_approvals import ApprovalKind, ApprovalState
from tutelage_collector.store.records_concerns import About, ConcernState, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.figures.period import Period
    from tutelage_collector.store.records_approvals import Approval
    from tutelage_collector.store.records_concerns import Concern
    from tutelage_collector.store.records_registers import Waited

_MATERIAL = frozenset({ApprovalKind.DELETE, ApprovalKind.RETAIN, ApprovalKind.REPORT_TO_POLICE})
_DECIDED = frozenset({ApprovalState.APPROVED, ApprovalState.REFUSED, ApprovalState.USED})
_GRADES = (5, 4, 3)


def casework(
    concerns: Sequence[Concern],
    waited: Iterable[Waited],
    approvals: Iterable[Approval],
    period: Period,
    now: datetime,
) -> Casework:
    """Return what people did in a span.

    Args:
        concerns: all of the school or trust.
        waited: how long each episode that opened in the span waited for a person.
        approvals: requests for decisions of two people.
        period: the span.
        now: the present moment.
    """
    pupils = [one for one in concerns if one.about is About.PUPIL]
    opened = [one for one in pupils if _within(one.opened_at, period)]
    closed = [one for one in pupils if _within(one.closed_at, period)]
    ended = [one for one in pupils if _within(one.outcome_at, period)]
    log = rules.logged(ended, now)
    police = [one for one in opened if rules.asks_about_police(one)]
    asked = [one for one in approvals if one.kind in _MATERIAL and _within(one.asked_at, period)]
    states = [one.state_at(now) for one in asked]
    return Casework(
        responses=tuple(_responses(waited)),
        opened=len(opened),
        closed=len(closed),
        open_now=sum(one.state is not ConcernState.CLOSED for one in pupils),
        outcomes=tuple(Counter(one.outcome.value for one in closed if one.outcome).most_common()),
        to_log=log.due,
        logged=log.done,
        log_median_hours=None if log.median_hours is None else round(log.median_hours),
        police_asked=len(police),
        police_answered=sum(one.police is not None for one in police),
        decisions=sum(one in _DECIDED for one in states),
        decisions_waiting=sum(one is ApprovalState.WAITING for one in states),
        staff_concerns=sum(
            _within(one.opened_at, period)
            for one in concerns
            if one.about not in {About.PUPIL, About.HEAD}
        ),
        reported_by_people=sum(one.source is not Source.ALERTS for one in opened),
        complaints_open=sum(one.complaint_since is not None for one in pupils),
    )


def _within(moment: datetime | None, period: Period) -> bool:
    return moment is not None and period.begins <= moment < period.ends


def _responses(waited: Iterable[Waited]) -> list[Response]:
    by_grade: dict[int, list[Waited]] = {grade: [] for grade in _GRADES}
    for one in waited:
        by_grade.setdefault(one.grade, []).append(one)
    found: list[Response] = []
    for grade in _GRADES:
        promise, each = acknowledge_within(grade), by_grade[grade]
        if promise is None or not each:
            continue
        seconds = [one.seconds for one in each if one.acknowledged]
        found.append(
            Response(
                grade=grade,
                episodes=len(each),
                acknowledged=len(seconds),
                # What still waits is as late as it has waited: a bad week cannot look good.
                late=sum(one.seconds > promise.total_seconds() for one in each),
                median_seconds=int(median(seconds)) if seconds else None,
                worst_seconds=max(one.seconds for one in each),
            )
        )
    return found
