"""Counts for reports, in SQLite: from the daily counts and from an index, never from bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_registers import (
    ActivityRow,
    AlertCount,
    IntegrityCount,
    SelfTestCount,
    Waited,
)
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import date, datetime


class SqliteFigures(Database):
    """The part of the store that counts."""

    def activity(self, first: date, last: date, school: str | None = None) -> list[ActivityRow]:
        """Return events by month, school, kind, area and grade, both days included."""
        # One range of the key for each school: the key is trust, school, day.
        wanted = [school] if school is not None else self._counted_schools()
        found: list[ActivityRow] = []
        for one in wanted:
            rows = self._rows(
                "SELECT substr(day, 1, 7) AS month, school, kind, area, grade, sum(events) "
                "FROM rollup WHERE trust = ? AND school = ? AND day BETWEEN ? AND ? "
                "GROUP BY month, kind, area, grade",
                self._trust,
                one,
                first.isoformat(),
                last.isoformat(),
            )
            found.extend(ActivityRow(*row) for row in rows)
        return found

    def _counted_schools(self) -> list[str]:
        """Return the schools of the daily counts, by a skip from one to the next."""
        found: list[str] = []
        at = self._row("SELECT min(school) FROM rollup WHERE trust = ?", self._trust)[0]
        while at is not None:
            found.append(at)
            at = self._row(
                "SELECT min(school) FROM rollup WHERE trust = ? AND school > ?", self._trust, at
            )[0]
        return found

    def alert_counts(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[AlertCount]:
        """Return real alerts received in a span, ``until`` not included, by what they are."""
        rows = self._rows(
            "SELECT school, grade, risk_area, subcategory, age_band, channel, pack, count(*) "
            "FROM alert WHERE trust = ? AND received_ms >= ? AND received_ms < ? "
            "AND (? IS NULL OR school = ?) AND canary = '' "
            "GROUP BY school, grade, risk_area, subcategory, age_band, channel, pack",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
        )
        return [AlertCount(*row) for row in rows]

    def waited(self, first: datetime, until: datetime, school: str | None = None) -> list[Waited]:
        """Return episodes that people are told of at once and that opened in a span."""
        rows = self._rows(
            "SELECT grade, opened_ms, acknowledged_ms FROM episode WHERE trust = ? "
            "AND opened_ms >= ? AND opened_ms < ? AND (? IS NULL OR school = ?) AND handling = ?",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
            Handling.LADDER.value,
        )
        return [
            Waited(row[0], times.from_ms(row[1]), None if row[2] is None else times.from_ms(row[2]))
            for row in rows
        ]

    def self_tests(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[SelfTestCount]:
        """Return self-tests received in a span, by channel."""
        rows = self._rows(
            "SELECT school, channel, count(*), count(DISTINCT device_id), "
            "max(received_ms - occurred_ms) "
            "FROM alert WHERE trust = ? AND received_ms >= ? AND received_ms < ? "
            "AND (? IS NULL OR school = ?) AND canary <> '' GROUP BY school, channel",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
        )
        return [SelfTestCount(*row) for row in rows]

    def integrity_counts(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[IntegrityCount]:
        """Return what happened to the monitoring in a span, by kind."""
        rows = self._rows(
            "SELECT school, kind, sum(count), count(DISTINCT device_id) FROM integrity "
            "WHERE trust = ? AND at_ms >= ? AND at_ms < ? AND (? IS NULL OR school = ?) "
            "GROUP BY school, kind",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
        )
        return [IntegrityCount(*row) for row in rows]

    def schools(self) -> list[str]:
        """Return the schools that have devices, by name."""
        rows = self._rows(
            "SELECT DISTINCT school FROM device WHERE trust = ? ORDER BY school", self._trust
        )
        return [row[0] for row in rows]
