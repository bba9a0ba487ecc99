"""Counts for reports, in SQLite: from the daily counts and from an index, never from bytes."""

from __future__ import annotations

from collections import Counter
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

    from tutelage_collector.store.registers import JudgedRow


class SqliteFigures(Database):
    """The part of the store that counts."""

    def activity(self, first: date, last: date, school: str | None = None) -> list[ActivityRow]:
        """Return events by month and kind, both days included."""
        # One range of the key for each school: the key is trust, school, day.
        wanted = [school] if school is not None else self._counted_schools()
        found: Counter[tuple[str, str]] = Counter()
        for one in wanted:
            for month, kind, events in self._rows(
                "SELECT substr(day, 1, 7), kind, sum(events) FROM rollup "
                "WHERE trust = ? AND school = ? AND day BETWEEN ? AND ? GROUP BY 1, 2",
                self._trust,
                one,
                first.isoformat(),
                last.isoformat(),
            ):
                found[month, kind] += events
        return [ActivityRow(*key, events) for key, events in sorted(found.items())]

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
            "SELECT grade, risk_area, subcategory, age_band, channel, count(*) "
            "FROM alert WHERE trust = ? AND received_ms >= ? AND received_ms < ? "
            "AND (? IS NULL OR school = ?) AND canary = '' "
            "GROUP BY grade, risk_area, subcategory, age_band, channel",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
        )
        return [AlertCount(*row) for row in rows]

    def alerts_by_school(
        self, first: datetime, until: datetime, school: str | None = None
    ) -> list[tuple[str, int]]:
        """Return how many real alerts each school had in a span."""
        return self._rows(
            "SELECT school, count(*) FROM alert WHERE trust = ? AND received_ms >= ? "
            "AND received_ms < ? AND (? IS NULL OR school = ?) AND canary = '' "
            "GROUP BY school ORDER BY school",
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
        )

    def waited(
        self, first: datetime, until: datetime, now: datetime, school: str | None = None
    ) -> list[Waited]:
        """Return episodes that people are told of at once and that opened in a span."""
        rows = self._rows(
            "SELECT grade, (coalesce(acknowledged_ms, ?) - opened_ms) / 1000, "
            "acknowledged_ms IS NOT NULL FROM episode WHERE trust = ? "
            "AND opened_ms >= ? AND opened_ms < ? AND (? IS NULL OR school = ?) AND handling = ?",
            times.to_ms(now),
            self._trust,
            times.to_ms(first),
            times.to_ms(until),
            school,
            school,
            Handling.LADDER.value,
        )
        return [Waited(row[0], max(row[1], 0), bool(row[2])) for row in rows]

    def judged(self, profile: str, school: str | None = None) -> list[JudgedRow]:
        """Return the latest judgements without what they say, for counting."""
        return self._rows(
            "SELECT device_id, school, check_id, status, observed_ms, clauses FROM judgement "
            "WHERE trust = ? AND profile = ? AND (? IS NULL OR school = ?)",
            self._trust,
            profile,
            school,
            school,
        )

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
