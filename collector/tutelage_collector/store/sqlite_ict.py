"""What devices tell the ICT manager, in SQLite."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tutelage_collector.store.database import Database
from tutelage_collector.store.records_ict import ReceivedIctFinding, SiteCount
from tutelage_wire import times
from tutelage_wire.events import DeviceId, EventId

if TYPE_CHECKING:
    import sqlite3

    from tutelage_collector.store.records import Append, Projection

TABLES = ("ict_finding", "site_count")

_PUT_FINDING = """
INSERT INTO ict_finding (trust, id, device_id, school, kind, detail, sha256, account, occurred_ms,
    received_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_PUT_COUNT = """
INSERT INTO site_count (trust, device_id, school, day, account, category, visits)
VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET visits = excluded.visits"""


def put(cursor: sqlite3.Cursor, trust: str, item: Append, projected: Projection) -> None:
    """Write what a batch says for ICT; the same event again changes nothing."""
    device = item.header.device_id
    if projected.ict:
        cursor.executemany(
            _PUT_FINDING,
            [
                (trust, event, device, item.school, kind, detail, sha256, account, at_ms,
                 item.received_ms)
                for event, kind, detail, sha256, account, at_ms in projected.ict
            ],
        )  # fmt: skip
    if projected.site_counts:
        cursor.executemany(
            _PUT_COUNT,
            [(trust, device, item.school, *row) for row in projected.site_counts],
        )


class SqliteIct(Database):
    """The part of the store that holds what ICT is told."""

    def ict_findings(
        self, school: str | None = None, kind: str = "", limit: int = 200
    ) -> list[ReceivedIctFinding]:
        """Return findings for ICT, newest first; of one kind where one is named."""
        rows = self._rows(
            "SELECT id, device_id, school, kind, detail, sha256, account, occurred_ms, received_ms "
            "FROM ict_finding WHERE trust = ? AND (? IS NULL OR school = ?) "
            "AND (? = '' OR kind = ?) ORDER BY received_ms DESC, id LIMIT ?",
            self._trust,
            school,
            school,
            kind,
            kind,
            limit,
        )
        return [
            ReceivedIctFinding(
                EventId(row[0]), DeviceId(row[1]), row[2], row[3], row[4], row[5], row[6],
                times.from_ms(row[7]), times.from_ms(row[8]),
            )
            for row in rows
        ]  # fmt: skip

    def site_counts(self, since: date, school: str | None = None) -> list[SiteCount]:
        """Return visits by day and category, newest day first, most visits first."""
        rows = self._rows(
            "SELECT day, category, sum(visits), count(DISTINCT device_id) FROM site_count "
            "WHERE trust = ? AND day >= ? AND (? IS NULL OR school = ?) "
            "GROUP BY day, category ORDER BY day DESC, sum(visits) DESC, category",
            self._trust,
            since.isoformat(),
            school,
            school,
        )
        return [SiteCount(date.fromisoformat(row[0]), row[1], row[2], row[3]) for row in rows]
