"""All reports: how each is made, over which days, who may read it, whether it may be attached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector import figures, policy_ledger
from tutelage_collector.figures import Figures, Period, academic_year, last_days, term_of
from tutelage_collector.reports import (
    annual,
    assurance,
    effectiveness,
    foi,
    governors,
    head,
    weekly,
)
from tutelage_collector.store.records import Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from tutelage_collector.config import Config
    from tutelage_collector.reports.document import Document
    from tutelage_collector.store import Store


class ReportName(StrEnum):
    """A report, as commands and addresses name it."""

    DSL = "dsl"
    HEAD = "head"
    GOVERNORS = "governors"
    EFFECTIVENESS = "effectiveness"
    ANNUAL = "annual"
    FOI = "foi"
    ASSURANCE = "assurance"


class Span(StrEnum):
    """Which days a report is about where nobody says so."""

    WEEK = "week"
    MONTH = "month"
    TERM = "term"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Entry:
    """One report."""

    name: ReportName
    title: str
    for_what: str
    span: Span
    roles: frozenset[Role]
    attachable: bool
    """Whether it may travel by e-mail: it names nobody and hides or has no small number."""
    compares_with_year: bool = True


_LEADS = frozenset({Role.DSL, Role.HEAD})
_COUNTED = _LEADS | {Role.LEADER, Role.GOVERNOR}
_ALL = _COUNTED | {Role.ICT}
CATALOGUE: dict[ReportName, Entry] = {
    one.name: one
    for one in (
        Entry(
            ReportName.DSL,
            "The safeguarding lead's week",
            "what came, what waits, what to chase",
            Span.WEEK,
            frozenset({Role.DSL}),
            attachable=False,
            compares_with_year=False,
        ),
        Entry(
            ReportName.HEAD,
            "Headteacher's report",
            "whether the policy is carried out",
            Span.MONTH,
            _LEADS,
            attachable=False,
        ),
        Entry(
            ReportName.GOVERNORS,
            "Report to governors",
            "a term, without names or small numbers",
            Span.TERM,
            _COUNTED,
            attachable=True,
        ),
        Entry(
            ReportName.EFFECTIVENESS,
            "Does filtering and monitoring work?",
            "self-tests, coverage, blind spots, checks",
            Span.TERM,
            _ALL,
            attachable=True,
        ),
        Entry(
            ReportName.ANNUAL,
            "Annual review and draft risk assessment",
            "the year, for headteacher, lead and board",
            Span.YEAR,
            _LEADS,
            attachable=False,
        ),
        Entry(
            ReportName.FOI,
            "Answers for publication",
            "what freedom-of-information requests ask",
            Span.YEAR,
            _LEADS,
            attachable=False,
        ),
        Entry(
            ReportName.ASSURANCE,
            "The policy, clause by clause",
            "evidence and gap of every clause, for the board",
            Span.TERM,
            _ALL,
            attachable=False,
        ),
    )
}


def usual_period(entry: Entry, today: date) -> Period:
    """Return the days of a report where nobody says which: up to today."""
    if entry.span is Span.WEEK:
        return last_days(7, today)
    if entry.span is Span.MONTH:
        return last_days(30, today)
    whole = term_of(today)[1] if entry.span is Span.TERM else academic_year(today)
    return Period(whole.first, today)


def gather(
    entry: Entry, store: Store, settings: Config, now: datetime, period: Period, school: str | None
) -> Figures:
    """Return the figures that a report is made from."""
    other = None if entry.compares_with_year else period.before()
    return figures.gather(store, settings, now, period, school, other)


def make(
    entry: Entry, store: Store, settings: Config, now: datetime, period: Period, school: str | None
) -> Document:
    """Return a report of what is stored now."""
    found = gather(entry, store, settings, now, period, school)
    if entry.name is ReportName.ASSURANCE:
        return assurance.document(found, policy_ledger.entries(store.marks(), now.date()))
    return _BUILDERS[entry.name](found)


_BUILDERS: dict[ReportName, Callable[[Figures], Document]] = {
    ReportName.DSL: weekly.document,
    ReportName.HEAD: head.document,
    ReportName.GOVERNORS: governors.document,
    ReportName.EFFECTIVENESS: effectiveness.document,
    ReportName.ANNUAL: annual.document,
    ReportName.FOI: foi.document,
}
