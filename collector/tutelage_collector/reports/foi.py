"""Answers to what freedom-of-information requests ask schools about monitoring (WhatDoTheyKnow)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tutelage_collector.figures.rounded import ROUNDED_NOTE, rounded
from tutelage_collector.reports import parts
from tutelage_collector.reports.document import Column, Document, Section, Table, Text
from tutelage_wire import __version__

if TYPE_CHECKING:
    from tutelage_collector.figures import Figures

_PREVENT = "prevent"
_ROLES = {
    "dsl": "Safeguarding leads: alerts about people, and excerpts with their passphrase",
    "deputy": "Deputy safeguarding leads: the same",
    "ict": "ICT managers: devices and alerts about machines, no excerpt",
    "head": "Headteachers: counts, and concerns about staff",
    "leader": "Senior leaders: counts, and the head's work while standing in",
    "governor": "Governors: counts, small numbers hidden",
    "staff": "Staff: may report a concern, and see nothing else",
}


def document(figures: Figures) -> Document:
    """Return the report."""
    return Document(
        name="foi",
        title="Monitoring of devices: answers for publication",
        place=figures.place,
        period=figures.period.words,
        made=figures.at,
        reader=(
            "To be read by the data protection officer before it is sent. It names nobody. "
            + ROUNDED_NOTE
        ),
        sections=(
            _product(figures),
            _what(),
            _alerts(figures),
            _people(figures),
            _referrals(figures),
            _access(figures),
        ),
    )


def _product(figures: Figures) -> Section:
    packs = ", ".join(sorted(name.partition("#")[0] for name, _ in figures.coverage.packs))
    return Section(
        "product",
        "Which product is used, and on how many devices?",
        (
            Text(
                f"Tutelage {__version__}, free software, run by the trust itself. "
                f"{figures.coverage.enrolled} devices. Rules: {packs or 'none in force'}; every "
                "rule is open to read."
            ),
        ),
    )


def _what() -> Section:
    return Section(
        "what",
        "What is recorded, and what is not?",
        (
            Text(
                "Documents, file names, web searches, page titles and addresses are compared with "
                "rules on the device itself. Only a match leaves it: a few words around it, sealed "
                "so that only the safeguarding lead can read them. Never: pictures of the screen, "
                "keystrokes, passwords, cameras, content of devices that belong to pupils or staff."
            ),
            Text(
                "Monitoring follows the device, not the clock: whether a device is watched out of "
                "school hours is in the signed policy of its school, and the notice on the device "
                "says it."
            ),
        ),
    )


def _alerts(figures: Figures) -> Section:
    cells = parts.by_area_and_grade(figures.alerts)
    rows = [
        (parts.words(area.value), *(rounded(count) for count in line), rounded(sum(line)))
        for area, line in zip(parts.AREAS, cells, strict=True)
    ]
    rows.append(
        (
            "All",
            *(rounded(sum(column)) for column in zip(*cells, strict=True)),
            rounded(sum(map(sum, cells))),
        )
    )
    return Section(
        "alerts",
        "How many alerts, by severity and category?",
        (
            Table(
                "alerts",
                "Alerts by risk area and grade (5: look within five minutes, 1: trend only)",
                (
                    Column("area", "Category"),
                    *(Column(f"grade_{one}", f"Grade {one}", number=True) for one in parts.GRADES),
                    Column("total", "All", number=True),
                ),
                tuple(rows),
                total=True,
            ),
            Text("An alert is raised by software and is no finding about a person."),
            *parts.erased(figures),
        ),
    )


def _people(figures: Figures) -> Section:
    work = figures.casework
    said = rounded(work.opened)
    return Section(
        "people",
        "How many children were concerned?",
        (
            Text(
                "Not held: devices send pseudonyms, and the number of children behind alerts is "
                f"not worked out. Concerns that people made from alerts: {said}."
            ),
        ),
    )


def _referrals(figures: Figures) -> Section:
    work = figures.casework
    found: Counter[str] = Counter()
    for outcome, count in work.outcomes:
        if "referral" in outcome or _PREVENT in outcome or "police" in outcome:
            found[outcome] += count
    rows = tuple((parts.words(name), rounded(count)) for name, count in sorted(found.items()))
    return Section(
        "referrals",
        "How many referrals, also to Prevent?",
        (
            Table(
                "referrals",
                "Concerns that ended with a referral",
                (Column("to", "Outcome"), Column("concerns", "Concerns", number=True)),
                rows,
            )
            if rows
            else Text("None in these days."),
        ),
    )


def _access(figures: Figures) -> Section:
    rows = tuple(
        (_ROLES.get(role, parts.words(role)), str(count)) for role, count in figures.accounts
    )
    return Section(
        "access",
        "How many people have access?",
        (
            Table(
                "access",
                "Accounts that may sign in, now",
                (
                    Column("role", "Role, and what it sees"),
                    Column("accounts", "Accounts", number=True),
                ),
                rows,
            ),
        ),
    )
