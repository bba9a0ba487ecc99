"""Alerts, judgements, integrity events and counts in SQLite: reading the projections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store import sqlite_rows
from tutelage_collector.store.database import Database
from tutelage_collector.store.records import Drift, IntegrityEvent, Judgement, RollupRow
from tutelage_collector.store.sqlite_evidence import put_integrity
from tutelage_wire import times
from tutelage_wire.events import DeviceId, Status

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_wire.events import EventId, IntegrityKind

_ALERTS = f"SELECT number, {sqlite_rows.ALERT_COLUMNS} FROM alert WHERE trust = ? "  # noqa: S608


class SqliteFindings(Database):
    """The part of the store that holds what agents found."""

    def alerts(self, school: str | None = None, limit: int = 200) -> list[Alert]:
        """Return alerts, newest first, self-tests included and marked."""
        rows = self._rows(
            _ALERTS + "AND (? IS NULL OR school = ?) ORDER BY number DESC LIMIT ?",
            self._trust,
            school,
            school,
            limit,
        )
        return [sqlite_rows.alert_of(row[1:]) for row in rows]

    def alert(self, event_id: EventId) -> Alert | None:
        """Return one alert."""
        row = self._row(_ALERTS + "AND event_id = ?", self._trust, event_id)
        return sqlite_rows.alert_of(row[1:]) if row else None

    def alerts_after(self, cursor: int, limit: int = 200) -> tuple[int, list[Alert]]:
        """Return alerts stored after ``cursor`` in storing order, and the new cursor; 0 = all."""
        rows = self._rows(
            _ALERTS + "AND number > ? ORDER BY number LIMIT ?", self._trust, cursor, limit
        )
        return (rows[-1][0] if rows else cursor), [sqlite_rows.alert_of(row[1:]) for row in rows]

    def last_alert(self) -> int:
        """Return the cursor of the alert stored last."""
        row = self._row("SELECT max(number) FROM alert WHERE trust = ?", self._trust)
        return row[0] or 0

    def judgements(
        self,
        device_id: DeviceId | None = None,
        school: str | None = None,
        profile: str | None = None,
    ) -> list[Judgement]:
        """Return the latest judgements."""
        rows = self._rows(
            "SELECT device_id, school, profile, check_id, subject, status, previous_status, "
            "observed_ms, first_failed_ms, due_ms, clauses, event FROM judgement "
            "WHERE trust = ? AND (? IS NULL OR device_id = ?) AND (? IS NULL OR school = ?) "
            "AND (? IS NULL OR profile = ?) ORDER BY device_id, profile, check_id",
            self._trust,
            device_id,
            device_id,
            school,
            school,
            profile,
            profile,
        )
        return [
            Judgement(
                device_id=DeviceId(row[0]),
                school=row[1],
                profile=row[2],
                check_id=row[3],
                subject=row[4],
                status=Status(row[5]),
                previous_status=Status(row[6]) if row[6] else None,
                observed_at=times.from_ms(row[7]),
                first_failed_at=None if row[8] is None else times.from_ms(row[8]),
                due_at=None if row[9] is None else times.from_ms(row[9]),
                clauses=tuple(row[10].split("\n")) if row[10] else (),
                event=row[11],
            )
            for row in rows
        ]

    def drifts(self, since: datetime, school: str | None = None) -> list[Drift]:
        """Return how judgements changed since a moment, oldest first."""
        rows = self._rows(
            "SELECT device_id, school, profile, check_id, before, after, observed_ms FROM drift "
            "WHERE trust = ? AND observed_ms >= ? AND (? IS NULL OR school = ?) "
            "ORDER BY observed_ms, number",
            self._trust,
            times.to_ms(since),
            school,
            school,
        )
        return [
            Drift(
                DeviceId(row[0]), row[1], row[2], row[3], Status(row[4]), Status(row[5]),
                times.from_ms(row[6]),
            )
            for row in rows
        ]  # fmt: skip

    def integrity(
        self, school: str | None = None, limit: int = 200, device_id: DeviceId | None = None
    ) -> list[IntegrityEvent]:
        """Return integrity events, newest first."""
        rows = self._rows(
            "SELECT id, device_id, school, kind, detail, count, origin, at_ms FROM integrity "
            "WHERE trust = ? AND (? IS NULL OR school = ?) AND (? IS NULL OR device_id = ?) "
            "ORDER BY at_ms DESC, id LIMIT ?",
            self._trust,
            school,
            school,
            device_id,
            device_id,
            limit,
        )
        return [
            IntegrityEvent(
                id=row[0],
                device_id=DeviceId(row[1]) if row[1] else None,
                school=row[2],
                kind=row[3],
                detail=row[4],
                count=row[5],
                origin=row[6],
                at=times.from_ms(row[7]),
            )
            for row in rows
        ]

    def add_integrity(
        self,
        kind: IntegrityKind,
        device_id: DeviceId | None,
        school: str,
        detail: str,
        now: datetime,
    ) -> None:
        """Record what the collector found; the same within a minute only counts up."""
        with self._transaction() as cursor:
            put_integrity(
                cursor, self._trust, kind.value, device_id, school, detail, times.to_ms(now)
            )

    def rollup(self, school: str | None = None, since_day: str = "") -> list[RollupRow]:
        """Return counts by day, school, kind, area and grade."""
        rows = self._rows(
            "SELECT day, school, kind, area, grade, events FROM rollup "
            "WHERE trust = ? AND (? IS NULL OR school = ?) AND day >= ? "
            "ORDER BY day, school, kind, area, grade",
            self._trust,
            school,
            school,
            since_day,
        )
        return [RollupRow(*row) for row in rows]
