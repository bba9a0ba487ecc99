"""Reports that are made by themselves: which, when, over which days. Pure but for a drawn id."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError
from tutelage_collector.figures import Period, term_of
from tutelage_collector.reports.catalogue import CATALOGUE, ReportName
from tutelage_collector.store.records_registers import ReportPost, ReportSchedule

if TYPE_CHECKING:
    from datetime import datetime

_ID_BYTES = 6
_ADDRESS = re.compile(r"[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,190}")
COMPLIANCE = "compliance"
REPORTS = (*(one.value for one in ReportName), COMPLIANCE)
_MONDAY_TO_SUNDAY = 7


class Every(StrEnum):
    """How often."""

    WEEK = "week"
    """On Monday, over the week before."""
    MONTH = "month"
    """On the first, over the month before."""
    TERM = "term"
    """On the first day after a term, over that term."""


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be made now, and the day of the next one."""

    period: Period
    next_on: date


def title_of(report: str) -> str:
    """Return a report's title."""
    if report == COMPLIANCE:
        return "Devices and section 11"
    return CATALOGUE[ReportName(report)].title


def may_be_attached(report: str) -> bool:
    """Tell whether a report may travel by e-mail: it names no person, or it stays behind a link."""
    return report == COMPLIANCE or CATALOGUE[ReportName(report)].attachable


def new_schedule(
    *, report: str, school: str | None, every: Every, address: str, attach: bool, now: datetime
) -> ReportSchedule:
    """Return a fresh schedule; the first report is due when its week, month or term is over.

    Raises:
        ConfigError: it is no address, or the report may not travel by e-mail.
    """
    if not _ADDRESS.fullmatch(address):
        raise ConfigError("--to: write one e-mail address, for example dsl@school.example")
    if attach and not may_be_attached(report):
        fit = ", ".join(one for one in REPORTS if may_be_attached(one))
        raise ConfigError(
            f"--attach: the report {report} has whole numbers and stays on the collector: leave "
            f"--attach out and a link is sent; these may be attached: {fit}"
        )
    return ReportSchedule(
        id=secrets.token_hex(_ID_BYTES),
        report=report,
        school=school,
        every=every.value,
        address=address,
        attach=attach,
        created_at=now,
        next_on=next_day(every, now.date()),
    )


def next_day(every: Every, today: date) -> date:
    """Return the day after today on which a report of this kind is made."""
    if every is Every.WEEK:
        return today + timedelta(days=_MONDAY_TO_SUNDAY - today.weekday())
    if every is Every.MONTH:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return term_of(today)[1].last + timedelta(days=1)


def due(schedule: ReportSchedule, today: date) -> Due | None:
    """Return what a schedule owes today; None = nothing yet.

    A collector that was off for weeks makes one report, over the last whole span, not one for each.
    """
    if today < schedule.next_on:
        return None
    every = Every(schedule.every)
    last = today - timedelta(days=1)
    if every is Every.WEEK:
        last = today - timedelta(days=today.weekday() + 1)
        period = Period(last - timedelta(days=_MONDAY_TO_SUNDAY - 1), last)
    elif every is Every.MONTH:
        last = today.replace(day=1) - timedelta(days=1)
        period = Period(last.replace(day=1), last)
    else:
        period = term_of(term_of(today)[1].first - timedelta(days=1))[1]
    return Due(period, next_day(every, today))


def new_post(schedule: ReportSchedule, period: Period, now: datetime) -> ReportPost:
    """Return the report of a schedule, ready to be sent."""
    return ReportPost(
        id=secrets.token_hex(_ID_BYTES),
        schedule_id=schedule.id,
        report=schedule.report,
        school=schedule.school,
        first=period.first,
        last=period.last,
        address=schedule.address,
        attach=schedule.attach,
        made_at=now,
        tries=0,
        next_try_at=now,
        sent_at=None,
        trouble="",
    )
