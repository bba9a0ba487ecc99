"""The headteacher's report: is the policy carried out here? Counts only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.reports import parts, weekly
from tutelage_collector.reports.document import Column, Document, Section, Table, Text

if TYPE_CHECKING:
    from tutelage_collector.figures import Figures
    from tutelage_collector.reports.document import Block, Cell


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="head",
        title="Headteacher's report on online safety",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader="For the headteacher. Whole numbers: hand on the governors' report instead.",
        sections=(
            _alerts(figures),
            parts.response(figures.casework),
            weekly.concerns(figures),
            _staff(figures),
            parts.coverage(figures),
            parts.section_11(figures),
            _posts(figures),
            parts.registers(figures),
            parts.overdue(figures),
        ),
    )


def _alerts(figures: Figures) -> Section:
    now = sum(one.alerts for one in figures.alerts)
    before = sum(one.alerts for one in figures.alerts_before)
    blocks: list[Block] = [
        Text(f"{now:,} alerts; {before:,} in {figures.compared_with.words}."),
        parts.open_area_table(figures),
        *parts.erased(figures),
    ]
    return Section("alerts", "What was noticed", tuple(blocks))


def _staff(figures: Figures) -> Section:
    work = figures.casework
    text = (
        f"Concerns about staff in these days: {work.staff_concerns}. Only you see them. "
        "Those about a headteacher go to the trust and are not counted here."
    )
    return Section("staff", "Concerns about staff", (Text(text),))


def _posts(figures: Figures) -> Section:
    several = len(figures.schools) > 1
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            one.title,
            *((one.school,) if several else ()),
            one.holder or "nobody",
            one.cover or "-",
            one.lacking or "-",
        )
        for one in figures.kept.posts
    )
    columns = (
        Column("post", "Post"),
        *((Column("school", "School"),) if several else ()),
        Column("holder", "Held by"),
        Column("cover", "Covered by"),
        Column("lacking", "Missing"),
    )
    return Section("posts", "Who holds which post", (Table("posts", "Posts", columns, rows),))
