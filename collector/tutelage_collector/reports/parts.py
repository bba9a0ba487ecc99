"""Parts that several reports have: coverage, alerts by area and grade, what is overdue.

Whole numbers here: reports for readers who may see them. What governors and the public read is
made in ``governors.py`` and ``foi.py``, from the same figures.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tutelage_collector.figures.rounded import rounded
from tutelage_collector.reports.document import Column, Points, Section, Table, Text
from tutelage_wire.events import Grade, RiskArea

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutelage_collector.figures import Casework, Figures
    from tutelage_collector.reports.document import Block, Cell
    from tutelage_collector.store.records_registers import AlertCount

AREAS = tuple(RiskArea)
GRADES = tuple(sorted((grade.value for grade in Grade), reverse=True))
WITHIN = {5: "within 5 minutes", 4: "within 30 minutes", 3: "the same day"}


_SPOKEN = {
    "url": "Web address",
    "title": "Title of a page",
    "window": "Title of a window",
    "file": "Document",
    "search": "Web search",
    "report": "Report by a person",
    "csam": "Illegal images",
    "vpn_proxy": "VPN and proxies",
    "self_harm": "Self-harm",
}


def words(identifier: str) -> str:
    """Return an identifier as words: ``self_harm`` -> ``Self-harm``."""
    return _SPOKEN.get(identifier) or identifier.replace("_", " ").replace(".", ": ").capitalize()


def by_area_and_grade(alerts: Iterable[AlertCount]) -> list[list[int]]:
    """Return counts: a row for each risk area, a column for each grade, the gravest first."""
    counts: Counter[tuple[str, int]] = Counter()
    for one in alerts:
        counts[one.area, one.grade] += one.alerts
    return [[counts[area.value, grade] for grade in GRADES] for area in AREAS]


def tallied(alerts: Iterable[AlertCount], field: str) -> list[tuple[str, int]]:
    """Return counts by one field of the alerts, the largest first."""
    counts: Counter[str] = Counter()
    for one in alerts:
        counts[str(getattr(one, field))] += one.alerts
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def area_table(
    key: str,
    caption: str,
    cells: Sequence[Sequence[Cell]],
    totals: Sequence[Cell],
    below: Sequence[Cell],
    total: Cell,
) -> Table:
    """Return risk areas by grade, with totals."""
    columns = (
        Column("area", "Risk area"),
        *(Column(f"grade_{grade}", f"Grade {grade}", number=True) for grade in GRADES),
        Column("total", "All", number=True, bar=True),
    )
    rows: list[tuple[Cell, ...]] = [
        (words(area.value), *line, sum_)
        for area, line, sum_ in zip(AREAS, cells, totals, strict=True)
    ]
    rows.append(("All", *below, total))
    return Table(key, caption, columns, tuple(rows), total=True)


def open_area_table(figures: Figures) -> Table:
    """Return risk areas by grade in whole numbers."""
    cells = by_area_and_grade(figures.alerts)
    below = [sum(column) for column in zip(*cells, strict=True)]
    totals = [sum(row) for row in cells]
    return area_table("alerts", "Alerts by risk area and grade", cells, totals, below, sum(totals))


def erased(figures: Figures) -> tuple[Points, ...]:
    """Return how many alerts of the span are gone by the retention schedule: daily counts stay."""
    counted = sum(one.events for one in figures.activity if one.kind == "detection")
    gone = counted - sum(one.alerts for one in figures.alerts)
    if gone <= 0:
        return ()
    said = f"Erased by the retention schedule, and not in these tables: {rounded(gone)} alerts."
    return (Points((said,), gap=True),)


def tally_table(key: str, caption: str, heading: str, rows: Iterable[tuple[str, Cell]]) -> Table:
    """Return names with their counts."""
    return Table(
        key,
        caption,
        (Column("name", heading), Column("alerts", "Alerts", number=True, bar=True)),
        tuple((words(name), count) for name, count in rows),
    )


def coverage(figures: Figures) -> Section:
    """Return how much is seen, by the inventory."""
    seen = figures.coverage
    rows: list[tuple[Cell, ...]] = [
        (words(one.profile), one.enrolled, one.heard, one.silent, one.never)
        for one in seen.profiles
    ]
    if len(rows) > 1:
        rows.append(
            (
                "All",
                seen.enrolled,
                seen.heard,
                seen.enrolled - seen.heard,
                sum(one.never for one in seen.profiles),
            )
        )
    columns = (
        Column("profile", "Devices of"),
        Column("enrolled", "Enrolled", number=True, bar=True),
        Column("heard", "Heard from in 3 days", number=True),
        Column("silent", "Silent", number=True),
        Column("never", "Never heard", number=True),
    )
    blocks: list[Block] = [
        Table(
            "coverage", "Devices, by the inventory, now", columns, tuple(rows), total=len(rows) > 1
        )
    ]
    if not seen.enrolled:
        blocks = [Text("No device is enrolled: nothing is monitored.")]
    elif seen.heard < seen.enrolled:
        blocks.append(
            Points(
                (
                    f"{seen.enrolled - seen.heard} of {seen.enrolled} devices are silent: what "
                    "they show is not known.",
                ),
                gap=True,
            )
        )
    return Section("coverage", "How much is seen", tuple(blocks))


def response(work: Casework) -> Section:
    """Return how soon alerts were acknowledged, against the promise of their grade."""
    columns = (
        Column("grade", "Grade", wide=0),
        Column("promise", "To be looked at"),
        Column("episodes", "Episodes", number=True),
        Column("acknowledged", "Acknowledged", number=True),
        Column("in_time", "In time", number=True),
        Column("median", "Median", number=True),
        Column("worst", "Slowest", number=True),
    )
    rows = tuple(
        (
            str(one.grade),
            WITHIN.get(one.grade, "in the digest"),
            one.episodes,
            one.acknowledged,
            one.in_time,
            duration(one.median_seconds),
            duration(one.worst_seconds),
        )
        for one in work.responses
    )
    blocks: list[Block] = [
        Table(
            "response",
            "Acknowledged, by grade (alerts of one pupil within a short while are one episode)",
            columns,
            rows,
        )
        if rows
        else Text("No alert of these days asked for a person within a day.")
    ]
    late = sum(one.late for one in work.responses)
    if late:
        blocks.append(
            Points(
                (f"{late} were not acknowledged in the time that their grade promises.",), gap=True
            )
        )
    return Section("response", "How soon people looked", tuple(blocks))


def duration(seconds: int | None) -> str:
    """Return a span in one unit: ``40 s``, ``12 min``, ``5 h``, ``3 days``."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def section_11(figures: Figures) -> Section:
    """Return how devices stand in section 11, as counts."""
    columns = (
        Column("clause", "Clause", wide=0),
        Column("sentence", "Sentence"),
        Column("passed", "Pass", number=True),
        Column("assessed", "Of assessed", number=True),
        Column("failed", "Fail", number=True),
        Column("unknown", "Unknown", number=True),
        Column("exempt", "Exempt", number=True),
    )
    rows = tuple(
        (
            row.clause.id,
            row.clause.short,
            row.passed,
            row.assessed,
            row.failed,
            row.unknown,
            row.exempt,
        )
        for row in figures.clauses
    )
    return Section(
        "section_11",
        "Section 11: security of devices",
        (Table("section_11", "Devices by sentence, now", columns, rows),),
    )


def overdue(figures: Figures) -> Section:
    """Return what people have let pass."""
    late = figures.kept.overdue
    blocks: tuple[Block, ...] = (
        (Points(late, gap=True),) if late else (Text("Nothing is overdue."),)
    )
    return Section("overdue", "Overdue, or never done", blocks)


def registers(figures: Figures) -> Section:
    """Return agreements, training and reviews as counts."""
    blocks: list[Block] = []
    if figures.kept.agreed:
        blocks.append(
            Table(
                "agreements",
                "Acceptable-use agreements",
                (
                    Column("kind", "Of"),
                    Column("expected", "Expected", number=True),
                    Column("current", "Signed, in force", number=True),
                    Column("overdue", "To be asked again", number=True),
                    Column("never", "Never signed", number=True),
                ),
                tuple(
                    (words(one.kind.value), one.expected, one.current, one.overdue, one.never)
                    for one in figures.kept.agreed
                ),
            )
        )
    if figures.kept.trained:
        blocks.append(
            Table(
                "training",
                "Training",
                (
                    Column("course", "Course"),
                    Column("expected", "Expected", number=True),
                    Column("current", "Up to date", number=True),
                    Column("overdue", "Overdue", number=True),
                    Column("never", "Never taken", number=True),
                ),
                tuple(
                    (one.course.title, one.expected, one.current, one.overdue, one.never)
                    for one in figures.kept.trained
                ),
            )
        )
    if figures.kept.reviews:
        blocks.append(reviews(figures))
    missing = [
        said
        for said, there in (
            ("Nobody is on the register of agreements.", figures.kept.agreed),
            ("Nobody is on the training register.", figures.kept.trained),
        )
        if not there
    ]
    if missing:
        blocks.append(Points(tuple(missing), gap=True))
    return Section("registers", "Agreements, training, reviews", tuple(blocks))


def reviews(figures: Figures) -> Table:
    """Return the review calendar."""
    several = len(figures.schools) > 1
    columns = (
        Column("review", "Review", wide=3),
        *((Column("school", "School"),) if several else ()),
        Column("done", "Last made"),
        Column("due", "Due"),
        Column("standing", "Standing"),
    )
    return Table(
        "reviews",
        "Review calendar",
        columns,
        tuple(
            (
                one.review.title,
                *((one.school,) if several else ()),
                one.done_on.isoformat() if one.done_on else "never",
                one.due_on.isoformat() if one.due_on else "now",
                words(one.standing.value),
            )
            for one in figures.kept.reviews
        ),
    )
