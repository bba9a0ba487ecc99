"""The safeguarding lead's week: what came, what waits, what must be chased. No excerpt, no name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.reports import parts
from tutelage_collector.reports.document import Column, Document, Points, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.figures import Figures
    from tutelage_collector.reports.document import Block, Cell
    from tutelage_collector.store.records_registers import AlertCount

_LISTED = 12


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="dsl",
        title="The safeguarding lead's week",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader="For the safeguarding lead and deputies. Whole numbers: not for handing on.",
        sections=(
            _alerts(figures),
            parts.response(figures.casework),
            concerns(figures),
            parts.coverage(figures),
            parts.overdue(figures),
        ),
    )


def _alerts(figures: Figures) -> Section:
    now, before = _sum(figures.alerts), _sum(figures.alerts_before)
    blocks: list[Block] = [
        Text(
            f"{now:,} alerts; {before:,} in the days before "
            f"({figures.compared_with.words}). Self-tests are not counted."
        )
    ]
    if now:
        blocks.append(parts.open_area_table(figures))
        kinds = parts.tallied(figures.alerts, "subcategory")
        blocks.append(parts.tally_table("subcategories", "Most often", "About", kinds[:_LISTED]))
        blocks.append(
            parts.tally_table(
                "age_bands", "By age", "Age band", parts.tallied(figures.alerts, "age_band")
            )
        )
        if len(figures.schools) > 1:
            blocks.append(
                parts.tally_table("schools", "By school", "School", figures.alerts_by_school)
            )
    elif figures.coverage.heard < figures.coverage.enrolled or not figures.coverage.enrolled:
        blocks.append(
            Points(("No alert is good news only where devices are heard from.",), gap=True)
        )
    return Section("alerts", "What was noticed", tuple(blocks))


def concerns(figures: Figures) -> Section:
    """Return what became of alerts, in whole numbers."""
    work = figures.casework
    facts: list[tuple[Cell, ...]] = [
        ("Concerns made", work.opened),
        ("of these reported by people", work.reported_by_people),
        ("Concerns closed", work.closed),
        ("Concerns open now", work.open_now),
        ("Concerns that belong on CPOMS", work.to_log),
        ("of these with a CPOMS reference", work.logged),
        ("Decisions by two people", work.decisions),
        ("Decisions that wait for the second person", work.decisions_waiting),
        ("Police to be considered", work.police_asked),
        ("of these considered and written down", work.police_answered),
        ("Complaints open", work.complaints_open),
    ]
    blocks: list[Block] = [
        Table(
            "concerns",
            "Concerns",
            (Column("what", "What"), Column("number", "Number", number=True)),
            tuple(facts),
        )
    ]
    if work.outcomes:
        blocks.append(outcomes(work.outcomes))
    chase = _to_chase(figures)
    if chase:
        blocks.append(Points(chase, gap=True))
    return Section("concerns", "What people did", tuple(blocks))


def outcomes(rows: Sequence[tuple[str, Cell]]) -> Table:
    """Return how concerns ended."""
    return Table(
        "outcomes",
        "How concerns ended",
        (Column("outcome", "Outcome"), Column("concerns", "Concerns", number=True, bar=True)),
        tuple((parts.words(name), count) for name, count in rows),
    )


def _to_chase(figures: Figures) -> tuple[str, ...]:
    work = figures.casework
    found = []
    if work.logged < work.to_log:
        found.append(f"{work.to_log - work.logged} to log on CPOMS.")
    if work.police_answered < work.police_asked:
        found.append(
            f"{work.police_asked - work.police_answered} where the police are to be considered."
        )
    if work.decisions_waiting:
        found.append(f"{work.decisions_waiting} decisions wait for the second person.")
    return tuple(found)


def _sum(alerts: Sequence[AlertCount]) -> int:
    return sum(one.alerts for one in alerts)
