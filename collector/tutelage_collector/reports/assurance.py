"""The ledger for the board: each clause with its evidence and its gap, and the policy's defects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector import policy_ledger
from tutelage_collector.policy_ledger import Kind
from tutelage_collector.policy_ledger.evidence import Weight
from tutelage_collector.registers.due import Standing
from tutelage_collector.registers.offices import TITLES
from tutelage_collector.reports.document import Column, Document, Points, Section, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.figures import Figures
    from tutelage_collector.policy_ledger import Entry, Evidence
    from tutelage_collector.reports.document import Cell

_KINDS = {
    Kind.CORE: "served by software",
    Kind.EXTENSION: "served in part",
    Kind.PEOPLE: "people's work",
}
_COLUMNS = (
    Column("clause", "Clause", wide=0),
    Column("duty", "What the policy asks, and what serves it", wide=4),
    Column("evidence", "Evidence", wide=3),
    Column("gap", "Gap", wide=2),
    Column("owner", "Owner"),
    Column("review", "Review"),
)


def document(figures: Figures, entries: Sequence[Entry]) -> Document:
    """Return the report: the evidence of a clause is of now and of the figures' days."""
    shown = {one.clause.id: policy_ledger.evidence_for(one.clause, figures) for one in entries}
    parts: list[Section] = [_summary(entries, shown)]
    for section in policy_ledger.sections():
        rows = tuple(
            _row(one, shown[one.clause.id]) for one in entries if one.clause.section == section.id
        )
        parts.append(
            Section(
                f"section_{section.id}",
                f"Section {section.id}: {section.title}",
                (
                    Table(
                        f"section_{section.id}", f"Clauses of section {section.id}", _COLUMNS, rows
                    ),
                ),
            )
        )
    parts.append(_defects())
    return Document(
        name="assurance",
        title="The Online Safety Policy, clause by clause",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader=(
            "For the board and the governing body. Evidence is what this collector holds: counts "
            "with dates and coverage. Where there is none, it is said. No names."
        ),
        sections=tuple(parts),
        landscape=True,
    )


def _summary(entries: Sequence[Entry], shown: dict[str, list[Evidence]]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for kind in Kind:
        of = [one for one in entries if one.clause.kind is kind]
        rows.append(
            (
                _KINDS[kind].capitalize(),
                len(of),
                sum(standing(shown[one.clause.id]) == "shown" for one in of),
                sum(standing(shown[one.clause.id]) == "in part" for one in of),
                sum(standing(shown[one.clause.id]) == "none" for one in of),
                sum(bool(one.clause.gap) for one in of),
            )
        )
    late = sum(one.standing in {Standing.OVERDUE, Standing.NEVER} for one in entries)
    blocks = (
        Table(
            "summary",
            "Clauses by what serves them",
            (
                Column("kind", "Clauses"),
                Column("clauses", "Number", number=True, bar=True),
                Column("shown", "Evidence shown", number=True),
                Column("partly", "Shown in part", number=True),
                Column("none", "No evidence", number=True),
                Column("gaps", "With a known gap", number=True),
            ),
            tuple(rows),
        ),
        *(
            (
                Points(
                    (f"{late} of {len(entries)} clauses have no review of this year on record.",),
                    gap=True,
                ),
            )
            if late
            else (Text("Every clause was reviewed within its year."),)
        ),
    )
    return Section("summary", "In short", blocks)


def standing(evidence: Sequence[Evidence]) -> str:
    """Return whether a clause's evidence carries: ``shown``, ``in part``, ``none``."""
    weights = {one.weight for one in evidence}
    if not weights or weights == {Weight.NONE}:
        return "none"
    return "shown" if weights == {Weight.SHOWN} else "in part"


def _row(entry: Entry, evidence: Sequence[Evidence]) -> tuple[Cell, ...]:
    clause = entry.clause
    if evidence:
        said = "; ".join(one.text for one in evidence)
    elif clause.kind is Kind.PEOPLE:
        said = "people's work: no evidence is held here"
    else:
        said = "no evidence is held here"
    if entry.note:
        said += f" (noted: {entry.note})"
    review = "never"
    if entry.reviewed_on:
        review = f"{entry.reviewed_on.isoformat()}, due {entry.review_by}"
    return (
        clause.id,
        f"{clause.duty}. {clause.served}.",
        said[0].upper() + said[1:] + ".",
        clause.gap,
        TITLES[entry.owner],
        review,
    )


def _defects() -> Section:
    rows = tuple(
        (", ".join(one.clauses), one.finding, one.remedy) for one in policy_ledger.defects()
    )
    return Section(
        "defects",
        "What is wrong with the policy itself",
        (
            Table(
                "defects",
                "For whoever reviews the policy",
                (
                    Column("clauses", "Clauses", wide=0),
                    Column("finding", "What is wrong"),
                    Column("remedy", "What to change"),
                ),
                rows,
            ),
        ),
    )
