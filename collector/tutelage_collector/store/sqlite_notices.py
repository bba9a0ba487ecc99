"""The outbox in SQLite: messages, their attempts, and those that were given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store import sqlite_quiet
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_escalation import Notice, NoticeNews, NoticeState
from tutelage_wire import times
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = "notice_id, school, person, way, state, attempts, created_ms, next_ms, ended_ms, error"
_NOTICES = f"SELECT {_COLUMNS} FROM notice WHERE trust = ? "  # noqa: S608 - a constant


def _notice_of(row: tuple[Any, ...]) -> Notice:
    return Notice(
        id=row[0],
        school=row[1],
        person=row[2],
        way=row[3],
        state=NoticeState(row[4]),
        attempts=row[5],
        created_at=times.from_ms(row[6]),
        next_at=times.from_ms(row[7]),
        ended_at=None if row[8] is None else times.from_ms(row[8]),
        error=row[9],
    )


class SqliteNotices(Database):
    """The part of the store that holds messages on their way."""

    def claim_notice(self, kind: str, now: datetime) -> tuple[Notice, NoticeNews] | None:
        """Take the next message of one kind that is due; what nobody needs is withdrawn."""
        at = times.to_ms(now)
        with self._transaction() as cursor:
            while True:
                row = cursor.execute(
                    _NOTICES + "AND kind = ? AND state = 'waiting' AND next_ms <= ? "
                    "ORDER BY next_ms, created_ms LIMIT 1",
                    (self._trust, kind, at),
                ).fetchone()
                if row is None:
                    return None
                waiting = cursor.execute(
                    "SELECT DISTINCT episode_id, grade FROM step_notice "
                    "JOIN episode USING (trust, episode_id) WHERE trust = ? AND notice_id = ? "
                    "AND acknowledged_ms IS NULL ORDER BY grade DESC, opened_ms",
                    (self._trust, row[0]),
                ).fetchall()
                quiet = None if waiting else sqlite_quiet.news_of(cursor, self._trust, row[0])
                if waiting or quiet:
                    break
                cursor.execute(
                    "UPDATE notice SET state = 'withdrawn', ended_ms = ? "
                    "WHERE trust = ? AND notice_id = ?",
                    (at, self._trust, row[0]),
                )
            cursor.execute(
                "UPDATE notice SET state = 'sending', attempts = attempts + 1 "
                "WHERE trust = ? AND notice_id = ?",
                (self._trust, row[0]),
            )
        grade = waiting[0][1] if waiting else 0
        news = NoticeNews(tuple(EventId(one[0]) for one in waiting), grade, quiet)
        return _notice_of((*row[:4], "sending", row[5] + 1, *row[6:])), news

    def end_notice(
        self, notice_id: str, state: NoticeState, error: str, next_at: datetime, now: datetime
    ) -> None:
        """Say how an attempt ended; WAITING = again at ``next_at``."""
        ended = None if state is NoticeState.WAITING else times.to_ms(now)
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE notice SET state = ?, error = ?, next_ms = ?, ended_ms = ? "
                "WHERE trust = ? AND notice_id = ?",
                (state.value, error, times.to_ms(next_at), ended, self._trust, notice_id),
            )
            if ended is not None:  # whose turn it is, and what the page says, depend on it
                cursor.execute(
                    "UPDATE episode SET look_ms = ?1 WHERE trust = ?2 AND acknowledged_ms IS NULL "
                    "AND episode_id IN (SELECT episode_id FROM step_notice "
                    "WHERE trust = ?2 AND notice_id = ?3)",
                    (times.to_ms(now), self._trust, notice_id),
                )

    def recover_notices(self, now: datetime) -> int:
        """Send again what was being sent when the collector ended; return how many."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE notice SET state = 'waiting', next_ms = ? "
                "WHERE trust = ? AND state = 'sending'",
                (times.to_ms(now), self._trust),
            )
            return cursor.rowcount

    def notices(
        self, school: str | None = None, *, state: NoticeState | None = None, limit: int = 200
    ) -> list[Notice]:
        """Return messages, the newest first."""
        rows = self._rows(
            _NOTICES + "AND (? IS NULL OR school = ?) AND (? IS NULL OR state = ?) "
            "ORDER BY created_ms DESC, notice_id LIMIT ?",
            self._trust,
            school,
            school,
            state.value if state else None,
            state.value if state else None,
            limit,
        )
        return [_notice_of(row) for row in rows]

    def episode_notices(self, episode_id: EventId) -> list[Notice]:
        """Return the messages of one episode, oldest first."""
        rows = self._rows(
            _NOTICES + "AND notice_id IN (SELECT notice_id FROM step_notice "  # noqa: S608
            "WHERE trust = ? AND episode_id = ?) ORDER BY created_ms, notice_id",
            self._trust,
            self._trust,
            episode_id,
        )
        return [_notice_of(row) for row in rows]

    def retry_notices(
        self, now: datetime, notice_id: str | None = None, school: str | None = None
    ) -> int:
        """Let dead and waiting messages be tried now; return how many."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE notice SET state = 'waiting', next_ms = ?1, ended_ms = NULL "
                "WHERE trust = ?2 AND state IN ('dead', 'waiting') "
                "AND (?3 IS NULL OR notice_id = ?3) AND (?4 IS NULL OR school = ?4)",
                (times.to_ms(now), self._trust, notice_id, school),
            )
            if notice_id is not None and not cursor.rowcount:
                raise NotFoundError(
                    f"message {notice_id}: none of this id waits or was given up; see: notify list"
                )
            return cursor.rowcount
