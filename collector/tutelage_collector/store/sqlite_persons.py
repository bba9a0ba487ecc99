"""Imported people in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_people import Level, Person, PersonKind, Standing
from tutelage_wire import times
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    from collections.abc import Sequence

_COLUMNS = "pseudonym, school, kind, age_band, level, digest, imported_ms, sealed"


class SqlitePersons(Database):
    """The part of the store that holds imported people."""

    def standing(self, pseudonym: str) -> Standing | None:
        """Return level and age band of a device account's pseudonym; None = not imported."""
        row = self._row(
            "SELECT level, age_band FROM person WHERE trust = ? AND pseudonym = ?",
            self._trust,
            pseudonym,
        )
        return Standing(Level(row[0]), AgeBand(row[1])) if row else None

    def people(self, school: str | None = None) -> list[Person]:
        """Return all imported people, by pseudonym."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM person "  # noqa: S608 - a constant
            "WHERE trust = ? AND (? IS NULL OR school = ?) ORDER BY pseudonym",
            self._trust,
            school,
            school,
        )
        return [_person_of(row) for row in rows]

    def person(self, pseudonym: str) -> Person | None:
        """Return one."""
        row = self._row(
            f"SELECT {_COLUMNS} FROM person WHERE trust = ? AND pseudonym = ?",  # noqa: S608
            self._trust,
            pseudonym,
        )
        return _person_of(row) if row else None

    def put_people(self, put: Sequence[Person], gone: Sequence[str]) -> None:
        """Add or replace some and forget others, in one transaction."""
        with self._transaction() as cursor:
            cursor.executemany(
                "DELETE FROM person WHERE trust = ? AND pseudonym = ?",
                [(self._trust, pseudonym) for pseudonym in gone],
            )
            # A row that is sealed anew has another content key: what was shared opens it no more.
            cursor.executemany(
                "DELETE FROM shared_key WHERE trust = ? AND record = 'person/' || ?",
                [(self._trust, one) for one in (*gone, *(person.pseudonym for person in put))],
            )
            cursor.executemany(
                f"INSERT OR REPLACE INTO person (trust, {_COLUMNS}) "  # noqa: S608
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (self._trust, one.pseudonym, one.school, one.kind.value, one.age_band.value,
                     one.level.value, one.digest, times.to_ms(one.imported_at), one.sealed)
                    for one in put
                ],
            )  # fmt: skip

    def forget_people(self, school: str | None = None) -> int:
        """Forget all people of a school, or of the trust; return how many."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM person WHERE trust = ? AND (? IS NULL OR school = ?)",
                (self._trust, school, school),
            )
            gone = cursor.rowcount
            cursor.execute(
                "DELETE FROM shared_key WHERE trust = ?1 AND record LIKE 'person/%' AND "
                "substr(record, 8) NOT IN (SELECT pseudonym FROM person WHERE trust = ?1)",
                (self._trust,),
            )
            return gone


def _person_of(row: tuple[Any, ...]) -> Person:
    return Person(
        pseudonym=row[0],
        school=row[1],
        kind=PersonKind(row[2]),
        age_band=AgeBand(row[3]),
        level=Level(row[4]),
        digest=row[5],
        imported_at=times.from_ms(row[6]),
        sealed=row[7],
    )
