"""What an import would add, change and remove; and the same, sealed, to be stored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import sealing
from tutelage_collector.sealing import RecordBinding
from tutelage_collector.store.records_people import Person
from tutelage_wire import pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.mis.rows import Row
    from tutelage_collector.sealing import Reader
    from tutelage_collector.store.records_people import PersonKind


@dataclass(frozen=True, slots=True)
class Plan:
    """A preview: nothing is stored yet."""

    added: tuple[Row, ...]
    changed: tuple[Row, ...]
    same: int
    gone: tuple[str, ...]
    """Pseudonyms of people who are stored and not in the file."""


def plan(
    rows: Sequence[Row], stored: Iterable[Person], subject_key: bytes, kinds: set[PersonKind]
) -> Plan:
    """Compare a file with what is stored.

    Args:
        rows: of the file.
        stored: people of the same school.
        subject_key: makes pseudonyms and digests.
        kinds: of the file: people of other kinds are not in it, and stay.
    """
    held = {one.pseudonym: one for one in stored}
    named = {pseudonyms.of_account(subject_key, row.account): row for row in rows}
    added = [row for name, row in named.items() if name not in held]
    changed = [
        row
        for name, row in named.items()
        if name in held and held[name].digest != digest_of(row, subject_key)
    ]
    gone = [name for name, one in held.items() if name not in named and one.kind in kinds]
    same = len(named) - len(added) - len(changed)
    return Plan(tuple(added), tuple(changed), same, tuple(gone))


def digest_of(row: Row, subject_key: bytes) -> str:
    """Return a keyed hash of what the file says of a person, but for its place in the file."""
    return pseudonyms.keyed(subject_key, "person", _details(row))


def seal(
    rows: Sequence[Row],
    school: str,
    trust: str,
    subject_key: bytes,
    readers: Sequence[Reader],
    now: datetime,
) -> list[Person]:
    """Return people as they are stored: all but pseudonym, band and level is sealed."""
    people = []
    for row in rows:
        name = pseudonyms.of_account(subject_key, row.account)
        people.append(
            Person(
                pseudonym=name,
                school=school,
                kind=row.kind,
                age_band=row.age_band,
                level=row.level,
                digest=digest_of(row, subject_key),
                imported_at=now,
                sealed=sealing.seal(_details(row), readers, binding(trust, name)),
            )
        )
    return people


def binding(trust: str, pseudonym: str) -> RecordBinding:
    """Return where a person's sealed details belong."""
    return RecordBinding(trust, "person", pseudonym)


def _details(row: Row) -> str:
    return json.dumps(
        {
            "name": row.name,
            "account": row.account,
            "identifier": row.identifier,
            "year": row.year,
            "kind": row.kind.value,
            "level": row.level.value,
            "reasons": row.reasons,
        },
        ensure_ascii=False,
    )
