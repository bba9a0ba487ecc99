"""The annual review and a draft of the risk assessment (policy 14.b).

Its numbers are rounded to the nearest five: terms and a year can be subtracted from each other,
and hiding small numbers in each alone would not withstand that.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tutelage_collector import policy_ledger
from tutelage_collector.figures.rounded import ROUNDED_NOTE, rounded
from tutelage_collector.reports import parts
from tutelage_collector.reports.document import Column, Document, Points, Section, Table, Text
from tutelage_wire.events import RiskArea

if TYPE_CHECKING:
    from tutelage_collector.figures import Figures

_GROWN = 1.25
_FALLEN = 0.8
_LISTED = 15
_HARMS = {
    RiskArea.CONTENT: "Pupils meet illegal, inappropriate or harmful material",
    RiskArea.CONTACT: "Somebody harms or exploits pupils through contact online",
    RiskArea.CONDUCT: "Pupils harm others or themselves by what they do online",
    RiskArea.COMMERCE: "Pupils lose money or data by gambling, scams or advertising",
    RiskArea.CIRCUMVENTION: "Pupils get past filtering and monitoring",
    RiskArea.DISCLOSURE: "A cry for help is not heard in time",
}
_IN_PLACE = {
    RiskArea.CONTENT: "Filter; rules by sub-category; curriculum",
    RiskArea.CONTACT: "Rules for grooming and exploitation; reporting a concern; curriculum",
    RiskArea.CONDUCT: "Rules for bullying, nudes and threats; behaviour policy; curriculum",
    RiskArea.COMMERCE: "Filter; rules for gambling and scams; curriculum",
    RiskArea.CIRCUMVENTION: "Rules for tools and attempts; checks of devices; blind spots stated",
    RiskArea.DISCLOSURE: "Routed as support, never as discipline; ladder of people",
}


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="annual",
        title="Annual review of online safety, with a draft risk assessment",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader=(
            "For headteacher and safeguarding lead, who complete it, and for the Trust Board. "
            + ROUNDED_NOTE
        ),
        sections=(
            _year(figures),
            _months(figures),
            _most(figures),
            _risks(figures),
            parts.coverage(figures),
            parts.section_11(figures),
            parts.registers(figures),
            _policy(),
            _to_do(figures),
        ),
    )


def _by_area(figures: Figures) -> tuple[Counter[str], Counter[str]]:
    now: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for one in figures.alerts:
        now[one.area] += one.alerts
    for one in figures.alerts_before:
        before[one.area] += one.alerts
    return now, before


def _year(figures: Figures) -> Section:
    now, before = _by_area(figures)
    rows = tuple(
        (
            parts.words(area.value),
            rounded(now[area.value]),
            rounded(before[area.value]),
            trend(now[area.value], before[area.value]),
        )
        for area in parts.AREAS
    )
    return Section(
        "year",
        "The year in the risk areas",
        (
            Table(
                "year",
                f"Alerts, and in {figures.compared_with.words}",
                (
                    Column("area", "Risk area"),
                    Column("now", "This year", number=True),
                    Column("before", "The year before", number=True),
                    Column("trend", "Trend"),
                ),
                rows,
            ),
            *parts.erased(figures),
        ),
    )


def trend(now: int, before: int) -> str:
    """Return how a count moved, in words; few cases have no trend."""
    if max(now, before) < 20:
        return "too few to say"
    if now > _GROWN * before:
        return "grew"
    return "fell" if now < _FALLEN * before else "steady"


def _months(figures: Figures) -> Section:
    months: Counter[str] = Counter()
    for one in figures.activity:
        if one.kind == "detection":
            months[one.month] += one.events
    if not months:
        return Section("months", "Through the year", (Text("No alert in these days."),))
    return Section(
        "months",
        "Through the year",
        (
            Table(
                "months",
                "Alerts by month",
                (Column("month", "Month"), Column("alerts", "Alerts", number=True, bar=True)),
                tuple((month, rounded(count)) for month, count in sorted(months.items())),
            ),
        ),
    )


def _most(figures: Figures) -> Section:
    before = dict(parts.tallied(figures.alerts_before, "subcategory"))
    rows = tuple(
        (parts.words(name), rounded(count), trend(count, before.get(name, 0)))
        for name, count in parts.tallied(figures.alerts, "subcategory")[:_LISTED]
    )
    if not rows:
        return Section("most", "What grew", (Text("No alert in these days."),))
    return Section(
        "most",
        "What was noticed most, for teaching",
        (
            Table(
                "most",
                "Alerts by what they are about",
                (
                    Column("about", "About"),
                    Column("alerts", "Alerts", number=True),
                    Column("trend", "Trend"),
                ),
                rows,
            ),
        ),
    )


def _risks(figures: Figures) -> Section:
    now, before = _by_area(figures)
    rows = tuple(
        (
            _HARMS[area],
            f"{rounded(now[area.value])}, {trend(now[area.value], before[area.value])}",
            _IN_PLACE[area],
            "…",
            "…",
        )
        for area in parts.AREAS
    )
    return Section(
        "risk_assessment",
        "Draft risk assessment",
        (
            Text(
                "What monitoring noticed is not how likely a risk is: it sees school devices only. "
                "Headteacher and safeguarding lead fill in what is marked with dots."
            ),
            Table(
                "risks",
                "Risks that students face online",
                (
                    Column("risk", "Risk", wide=2),
                    Column("noticed", "Noticed this year"),
                    Column("in_place", "In place", wide=2),
                    Column("judgement", "How likely, how grave"),
                    Column("action", "What we will do, who, by when"),
                ),
                rows,
            ),
        ),
    )


def _policy() -> Section:
    return Section(
        "policy",
        "The policy itself",
        (
            Points(
                tuple(f"{one.finding}. {one.remedy}." for one in policy_ledger.defects()), gap=True
            ),
        ),
    )


def _to_do(figures: Figures) -> Section:
    gaps = list(figures.kept.overdue)
    gaps += [
        f"Not seen on {devices} devices: {what}."
        for what, devices in figures.coverage.blind_spots[:_LISTED]
    ]
    blocks = (Points(tuple(gaps), gap=True),) if gaps else (Text("Nothing is overdue."),)
    return Section("to_do", "Overdue, and not seen", blocks)
