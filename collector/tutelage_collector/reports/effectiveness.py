"""Does filtering and monitoring work? The log of checks that DfE's standards ask for. No person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.coverage import never_seen
from tutelage_collector.integrity_words import MEANS
from tutelage_collector.reports import governors, parts
from tutelage_collector.reports.document import Column, Document, Points, Section, Table, Text

if TYPE_CHECKING:
    from tutelage_collector.figures import Figures

_CHECKS = ("filter-check", "monitoring-check", "filtering-monitoring")


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="effectiveness",
        title="Filtering and monitoring: does it work?",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader=(
            "For the ICT manager, the senior leader and the governor for filtering and monitoring. "
            "It holds no person. This product monitors; the filter is another, and only whether it "
            "was checked is recorded here."
        ),
        sections=(
            parts.coverage(figures),
            _self_tests(figures),
            _blind_spots(figures),
            _sensors(figures),
            _integrity(figures),
            _checks(figures),
            _rules(figures),
        ),
    )


def _self_tests(figures: Figures) -> Section:
    reached = sum(one.tests for one in figures.self_tests)
    if not reached:
        gap = (
            "No self-test arrived in these days: that what a pupil writes would reach the "
            "safeguarding lead is not shown for any device."
        )
        return Section("self_tests", "Self-tests", (Points((gap,), gap=True),))
    return Section(
        "self_tests",
        "Self-tests",
        (
            Text("A test phrase that no pupil writes, from the device to this collector."),
            governors.self_test_table(figures),
        ),
    )


def _blind_spots(figures: Figures) -> Section:
    spots = figures.coverage.blind_spots
    fixed = Points(never_seen(), gap=True)
    if not spots:
        return Section("blind_spots", "What is not seen", (fixed,))
    rows = tuple((what, devices) for what, devices in spots)
    columns = (Column("what", "Not seen"), Column("devices", "Devices", number=True, bar=True))
    return Section(
        "blind_spots",
        "What is not seen",
        (fixed, Table("blind_spots", "Stated by the devices themselves, now", columns, rows)),
    )


def _sensors(figures: Figures) -> Section:
    if not figures.coverage.sensors:
        gap = "No device has said how its sensors are."
        return Section("sensors", "Sensors", (Points((gap,), gap=True),))
    return Section(
        "sensors",
        "Sensors",
        (
            Table(
                "sensors",
                "How sensors stand, now",
                (
                    Column("sensor", "Sensor"),
                    Column("state", "State"),
                    Column("reason", "Why"),
                    Column("devices", "Devices", number=True, bar=True),
                ),
                tuple(
                    (
                        parts.words(one.sensor),
                        parts.words(one.state),
                        one.reason or "-",
                        one.devices,
                    )
                    for one in figures.coverage.sensors
                ),
            ),
        ),
    )


def _integrity(figures: Figures) -> Section:
    totals: dict[str, tuple[int, int]] = {}
    for one in figures.integrity:
        events, devices = totals.get(one.kind, (0, 0))
        totals[one.kind] = (events + one.events, devices + one.devices)
    if not totals:
        return Section(
            "integrity",
            "What happened to the monitoring itself",
            (Text("Nothing was noted in these days."),),
        )
    return Section(
        "integrity",
        "What happened to the monitoring itself",
        (
            Table(
                "integrity",
                "Events about the monitoring",
                (
                    Column("kind", "Event"),
                    Column("means", "Means"),
                    Column("events", "Events", number=True),
                    Column("devices", "Devices", number=True),
                ),
                tuple(
                    (parts.words(kind), MEANS.get(kind, "-"), events, devices)
                    for kind, (events, devices) in sorted(totals.items())
                ),
            ),
        ),
    )


def _checks(figures: Figures) -> Section:
    several = len(figures.schools) > 1
    rows = tuple(
        (
            *((one.school,) if several else ()),
            one.review.title,
            one.done_on.isoformat() if one.done_on else "never",
            one.note or "-",
            parts.words(one.standing.value),
        )
        for one in figures.kept.reviews
        if one.review.id in _CHECKS
    )
    table = Table(
        "checks",
        "Checks by people (record one with: review done)",
        (
            *((Column("school", "School", wide=0),) if several else ()),
            Column("check", "Check", wide=2),
            Column("made", "Last made"),
            Column("result", "What was found", wide=2),
            Column("standing", "Standing"),
        ),
        rows,
    )
    return Section("checks", "Check log", (table,))


def _rules(figures: Figures) -> Section:
    packs = figures.coverage.packs
    if not packs:
        gap = "No device has said which rules it has in force."
        return Section("rules", "Rules in force", (Points((gap,), gap=True),))
    return Section(
        "rules",
        "Rules in force",
        (
            Table(
                "rules",
                "Packs on devices, now",
                (Column("pack", "Pack"), Column("devices", "Devices", number=True, bar=True)),
                packs,
            ),
        ),
    )
