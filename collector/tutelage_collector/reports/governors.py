"""The governors' report of a term (safeguarding.md 3.4): no names, small numbers hidden.

Everything in here may be read aloud in a public meeting. Tables of one report share only their
grand total, which is shown or hidden alike in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.reports import parts, weekly
from tutelage_collector.reports.document import (
    Column,
    Document,
    Hidden,
    Points,
    Section,
    Table,
    Text,
)
from tutelage_collector.reports.small_numbers import number, numbers, protect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.figures import Casework, Figures
    from tutelage_collector.reports.document import Block, Cell


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="governors",
        title="Online safety: report to governors",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader=_reader(figures),
        sections=(
            parts.coverage(figures),
            _self_tests(figures),
            _alerts(figures),
            _response(figures.casework),
            _concerns(figures.casework),
            parts.section_11(figures),
            _decisions(figures),
            parts.registers(figures),
            _gaps(figures),
        ),
    )


def _reader(figures: Figures) -> str:
    text = "For governors and the board. It names nobody, and numbers under five are hidden."
    if figures.period.last >= figures.at.date():
        text += (
            " DRAFT: these days are not over. Two drafts of one term can be subtracted from each "
            "other: hand out the finished report."
        )
    return text


def _self_tests(figures: Figures) -> Section:
    tests = sum(one.tests for one in figures.self_tests)
    if not tests:
        gap = "No self-test arrived in these days: that an alert would reach anybody is not shown."
        return Section("self_tests", "Does monitoring work?", (Points((gap,), gap=True),))
    return Section("self_tests", "Does monitoring work?", (self_test_table(figures),))


def self_test_table(figures: Figures) -> Table:
    """Return self-tests by channel; they are nobody's, so that no number is hidden."""
    by_channel: dict[str, tuple[int, int, int]] = {}
    for one in figures.self_tests:
        tests, devices, slowest = by_channel.get(one.channel, (0, 0, 0))
        by_channel[one.channel] = (
            tests + one.tests,
            devices + one.devices,
            max(slowest, one.slowest_ms),
        )
    return Table(
        "self_tests",
        "Self-tests that travelled the whole path",
        (
            Column("channel", "Seen in"),
            Column("tests", "Tests", number=True),
            Column("devices", "Devices", number=True),
            Column("slowest", "Slowest", number=True),
        ),
        tuple(
            (parts.words(channel), tests, devices, parts.duration(slowest // 1000))
            for channel, (tests, devices, slowest) in sorted(by_channel.items())
        ),
    )


def _alerts(figures: Figures) -> Section:
    safe = protect(parts.by_area_and_grade(figures.alerts))
    before = protect(parts.by_area_and_grade(figures.alerts_before))
    if safe.total == 0:
        blocks: list[Block] = [Text("No alert was raised in these days.")]
    else:
        blocks = [
            parts.area_table(
                "alerts",
                "Alerts by risk area and grade (5: look within five minutes)",
                safe.cells,
                safe.row_totals,
                safe.column_totals,
                safe.total,
            ),
            _tally(
                "age_bands",
                "Alerts by age",
                "Age band",
                parts.tallied(figures.alerts, "age_band"),
                safe.total,
            ),
            _tally(
                "channels",
                "Where they were seen",
                "Seen in",
                parts.tallied(figures.alerts, "channel"),
                safe.total,
            ),
        ]
        if len(figures.schools) > 1:
            blocks.append(
                _tally(
                    "schools", "Alerts by school", "School", figures.alerts_by_school, safe.total
                )
            )
    blocks.append(
        Table(
            "compared",
            f"Compared with {figures.compared_with.words}",
            (
                Column("area", "Risk area"),
                Column("now", "These days", number=True),
                Column("before", "Then", number=True),
            ),
            (
                *(
                    (parts.words(area.value), now, then)
                    for area, now, then in zip(
                        parts.AREAS, safe.row_totals, before.row_totals, strict=True
                    )
                ),
                ("All", safe.total, before.total),
            ),
            total=True,
        )
    )
    blocks.extend(parts.erased(figures))
    return Section("alerts", "What was noticed", tuple(blocks))


def _tally(
    key: str, caption: str, heading: str, rows: Sequence[tuple[str, int]], total: int | Hidden
) -> Table:
    shown = numbers([count for _, count in rows], total)
    # By name: an order by size would tell which hidden number is the larger.
    named = sorted(zip((name for name, _ in rows), shown, strict=True), key=_first)
    return parts.tally_table(key, caption, heading, named)


def _response(work: Casework) -> Section:
    columns = (
        Column("grade", "Grade", wide=0),
        Column("promise", "To be looked at"),
        Column("in_time", "Acknowledged in time"),
        Column("median", "Median", number=True),
        Column("worst", "Slowest", number=True),
    )
    rows = tuple(
        (
            str(one.grade),
            parts.WITHIN.get(one.grade, "in the digest"),
            share(one.in_time, one.episodes),
            *_times(one.median_seconds, one.worst_seconds, one.episodes),
        )
        for one in work.responses
    )
    block = (
        Table("response", "Alerts acknowledged, by grade", columns, rows)
        if rows
        else Text("No alert of these days asked for a person within a day.")
    )
    return Section("response", "How soon people looked", (block,))


def share(part: int, whole: int) -> str:
    """Return a share in words that give no small number away."""
    if isinstance(number(whole), Hidden):
        return "too few to say"
    if not whole:
        return "none"
    if part == whole:
        return "all"
    if isinstance(number(whole - part), Hidden) or isinstance(number(part), Hidden):
        return "most" if 2 * part >= whole else "few"
    return f"{100 * part // whole} %"


def _times(median: int | None, worst: int | None, alerts: int) -> tuple[Cell, Cell]:
    if isinstance(number(alerts), Hidden):
        return "-", "-"  # with so few, a time is one person's evening
    return parts.duration(median), parts.duration(worst)


def _concerns(work: Casework) -> Section:
    opened, closed = number(work.opened), number(work.closed)
    facts: list[tuple[Cell, ...]] = [
        ("Concerns made", opened),
        ("Concerns closed", closed),
        ("Logged on CPOMS, of those that belong there", share(work.logged, work.to_log)),
        (
            "Police considered and written down, where it is asked",
            share(work.police_answered, work.police_asked),
        ),
        ("Concerns reported by people", number(work.reported_by_people)),
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
        shown = numbers([count for _, count in work.outcomes], closed)
        names = [name for name, _ in work.outcomes]
        blocks.append(weekly.outcomes(sorted(zip(names, shown, strict=True), key=_first)))
    return Section("concerns", "What people did", tuple(blocks))


def _first(pair: tuple[str, Cell]) -> str:
    return pair[0]


def _decisions(figures: Figures) -> Section:
    rows = tuple(
        (
            one.check_id,
            one.approver,
            one.created_at.date().isoformat(),
            one.expires_at.date().isoformat(),
            "one device" if one.device_id else "all devices",
        )
        for one in figures.exemptions
    )
    packs = ", ".join(
        f"{name.partition('#')[0]} on {count}" for name, count in figures.coverage.packs[:4]
    )
    blocks: list[Block] = [
        Text(f"Rules in force: {packs or 'no device has said'}."),
        Table(
            "exemptions",
            "Failed checks that are allowed for a time",
            (
                Column("check", "Check"),
                Column("approver", "Allowed by"),
                Column("from", "From"),
                Column("until", "Until"),
                Column("devices", "For"),
            ),
            rows,
        )
        if rows
        else Text("No failed check is allowed for a time."),
    ]
    return Section("decisions", "Decisions on record", tuple(blocks))


def _gaps(figures: Figures) -> Section:
    gaps = list(figures.kept.overdue)
    silent = figures.coverage.enrolled - figures.coverage.heard
    if silent:
        gaps.append(f"{silent} devices are silent: what they show is not known.")
    for what, devices in figures.coverage.blind_spots[:8]:
        gaps.append(f"Not seen on {devices} devices: {what}.")
    gaps.append("Pictures, video and pupils' own telephones are not monitored.")
    gaps.append("What is typed into pages, chats and games and saved nowhere is not seen.")
    unseen = [row.clause.short for row in figures.clauses if not row.assessed]
    if unseen:
        gaps.append(f"Not known of any device: {'; '.join(unseen)}.")
    return Section("gaps", "Gaps, stated plainly", (Points(tuple(gaps), gap=True),))
