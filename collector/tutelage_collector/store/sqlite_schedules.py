"""Reports that are made by themselves, in SQLite."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_registers import ReportPost, ReportSchedule
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime

_MAX_TROUBLE = 200


class SqliteSchedules(Database):
    """The part of the store that holds schedules and what waits to be sent."""

    def add_schedule(self, schedule: ReportSchedule) -> None:
        """Keep a new schedule."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO report_schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._trust, schedule.id, schedule.report, schedule.school or "", schedule.every,
                 schedule.address, int(schedule.attach), times.to_ms(schedule.created_at),
                 schedule.next_on.isoformat()),
            )  # fmt: skip

    def remove_schedule(self, schedule_id: str) -> None:
        """Make no more reports by it; what waits is sent all the same."""
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM report_schedule WHERE trust = ? AND schedule_id = ?",
                (self._trust, schedule_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(
                    f"schedule {schedule_id}: none of this id; see: report schedule list"
                )

    def schedules(self) -> list[ReportSchedule]:
        """Return all schedules, the next one first."""
        rows = self._rows(
            "SELECT schedule_id, report, school, every, address, attach, created_ms, next_day "
            "FROM report_schedule WHERE trust = ? ORDER BY next_day, schedule_id",
            self._trust,
        )
        return [
            ReportSchedule(
                row[0],
                row[1],
                row[2] or None,
                row[3],
                row[4],
                bool(row[5]),
                times.from_ms(row[6]),
                date.fromisoformat(row[7]),
            )
            for row in rows
        ]

    def post_due(self, post: ReportPost, next_on: date) -> bool:
        """Queue a report and move its schedule on, in one transaction."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE report_schedule SET next_day = ? "
                "WHERE trust = ? AND schedule_id = ? AND next_day < ?",
                (next_on.isoformat(), self._trust, post.schedule_id, next_on.isoformat()),
            )
            if not cursor.rowcount:
                return False
            cursor.execute(
                "INSERT INTO report_post VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '')",
                (self._trust, post.id, post.schedule_id, post.report, post.school or "",
                 post.first.isoformat(), post.last.isoformat(), post.address, int(post.attach),
                 times.to_ms(post.made_at), post.tries, times.to_ms(post.next_try_at)),
            )  # fmt: skip
        return True

    def posts(self, *, waiting: bool = False, limit: int = 200) -> list[ReportPost]:
        """Return what was queued, newest first; only what still waits, where ``waiting``."""
        rows = self._rows(
            "SELECT post_id, schedule_id, report, school, first_day, last_day, address, attach, "
            "made_ms, tries, next_try_ms, sent_ms, trouble FROM report_post "
            "WHERE trust = ? AND (NOT ? OR sent_ms IS NULL) ORDER BY made_ms DESC, post_id LIMIT ?",
            self._trust,
            waiting,
            limit,
        )
        return [
            ReportPost(
                row[0],
                row[1],
                row[2],
                row[3] or None,
                date.fromisoformat(row[4]),
                date.fromisoformat(row[5]),
                row[6],
                bool(row[7]),
                times.from_ms(row[8]),
                row[9],
                times.from_ms(row[10]),
                None if row[11] is None else times.from_ms(row[11]),
                row[12],
            )
            for row in rows
        ]

    def post_sent(self, post_id: str, now: datetime) -> None:
        """Note that a report was sent."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE report_post SET sent_ms = ?, trouble = '' WHERE trust = ? AND post_id = ?",
                (times.to_ms(now), self._trust, post_id),
            )

    def post_failed(self, post_id: str, trouble: str, next_try_at: datetime) -> None:
        """Note why a report could not be sent, and when to try again."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE report_post SET tries = tries + 1, trouble = ?, next_try_ms = ? "
                "WHERE trust = ? AND post_id = ?",
                (trouble[:_MAX_TROUBLE], times.to_ms(next_try_at), self._trust, post_id),
            )
