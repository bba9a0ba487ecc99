"""Requests for more of a text, and their answers, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotAllowedError
from tutelage_collector.store.records_context import ContextRequest, ReceivedContext
from tutelage_collector.store.sqlite_audit import SqliteAudit
from tutelage_wire import times
from tutelage_wire.batch import TravelLane
from tutelage_wire.context import ContextState
from tutelage_wire.events import DeviceId, EventId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

TABLE = "context_answer"
"""The projection."""
_AT_ONCE = 500
_ASKED = "more of the text asked for"

UNRECORDED = f"""
SELECT finding, asked_by FROM context_request WHERE trust = ?1 AND NOT EXISTS (
    SELECT 1 FROM audit WHERE audit.trust = ?1 AND audit.at_ms = context_request.asked_ms
    AND audit.actor = context_request.asked_by AND audit.action = '{_ASKED}'
    AND audit.subject = 'alert ' || context_request.finding
) ORDER BY asked_ms"""  # noqa: S608 - a constant
"""Requests that were put past the log."""

_REQUEST = "finding, device_id, school, asked_by, reason, asked_ms, until_ms"
_ANSWER = "finding, device_id, event_id, state, school, received_ms, epoch, lane, sequence, event"
_PUT_ANSWER = (
    f"INSERT INTO context_answer (trust, {_ANSWER}) "  # noqa: S608 - a constant
    f"VALUES ({', '.join('?' * 11)}) ON CONFLICT DO NOTHING"
)


def put(cursor: sqlite3.Cursor, trust: str, answers: Sequence[ReceivedContext]) -> None:
    """Write what devices answered; an answer that comes again changes nothing."""
    cursor.executemany(
        _PUT_ANSWER,
        [
            (trust, one.finding, one.device_id, one.event_id, one.state.value, one.school,
             times.to_ms(one.received_at), one.epoch, one.lane.value, one.sequence, one.event)
            for one in answers
        ],
    )  # fmt: skip


def forget(cursor: sqlite3.Cursor, trust: str, event_id: str) -> None:
    """Delete what is held of an erased event: requests about it, or the answer that it was."""
    cursor.execute("DELETE FROM context_request WHERE trust = ? AND finding = ?", (trust, event_id))
    cursor.execute("DELETE FROM context_answer WHERE trust = ? AND event_id = ?", (trust, event_id))


class SqliteContext(SqliteAudit):
    """The part of the store that holds who asked for more, and what came."""

    def ask_context(self, request: ContextRequest, since: datetime, most: int) -> None:
        """Keep a request together with its audit row."""
        with self._transaction() as cursor:
            (before,) = cursor.execute(
                "SELECT count(*) FROM context_request "
                "WHERE trust = ? AND asked_by = ? AND asked_ms > ?",
                (self._trust, request.asked_by, times.to_ms(since)),
            ).fetchone()
            if before >= most:
                raise NotAllowedError(
                    f"account {request.asked_by}: has asked {before} times within a day, and may "
                    f"{most} times: make a concern, and speak to the person, or ask again tomorrow"
                )
            cursor.execute(
                f"INSERT INTO context_request (trust, {_REQUEST}) "  # noqa: S608 - a constant
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (self._trust, request.finding, request.device_id, request.school,
                 request.asked_by, request.reason, times.to_ms(request.asked_at),
                 times.to_ms(request.until)),
            )  # fmt: skip
            self._audit(
                cursor, request.asked_by, _ASKED,
                f"alert {request.finding}", request.reason, request.asked_at,
            )  # fmt: skip

    def context_requests(self, school: str | None = None, limit: int = 200) -> list[ContextRequest]:
        """Return requests, newest first."""
        rows = self._rows(
            f"SELECT {_REQUEST} FROM context_request WHERE trust = ? "  # noqa: S608
            "AND (? IS NULL OR school = ?) ORDER BY asked_ms DESC, finding LIMIT ?",
            self._trust, school, school, limit,
        )  # fmt: skip
        return [_request(row) for row in rows]

    def context_requests_of(self, findings: Sequence[EventId]) -> list[ContextRequest]:
        """Return all requests about findings, newest first."""
        rows = self._about(f"SELECT {_REQUEST} FROM context_request", findings)  # noqa: S608
        return sorted(map(_request, rows), key=lambda one: one.asked_at, reverse=True)

    def open_context_requests(self, now: datetime) -> list[ContextRequest]:
        """Return requests whose time is not over, the oldest first, answered or not."""
        rows = self._rows(
            f"SELECT {_REQUEST} FROM context_request "  # noqa: S608 - a constant
            "WHERE trust = ? AND until_ms > ? ORDER BY asked_ms, finding",
            self._trust,
            times.to_ms(now),
        )
        return [_request(row) for row in rows]

    def context_answers(self, findings: Sequence[EventId]) -> list[ReceivedContext]:
        """Return all answers about findings, of whichever device, in the order of their coming."""
        rows = self._about(f"SELECT {_ANSWER} FROM context_answer", findings)  # noqa: S608
        return sorted(map(_answer, rows), key=lambda one: one.received_at)

    def heir_of(self, device_id: DeviceId) -> DeviceId | None:
        """Return the latest name that a device joined again under; None = it did not."""
        row = self._row(
            "SELECT device_id FROM device WHERE trust = ? AND supersedes = ? "
            "ORDER BY enrolled_ms DESC LIMIT 1",
            self._trust,
            device_id,
        )
        return DeviceId(row[0]) if row else None

    def last_heard(self, device_id: DeviceId) -> datetime | None:
        """Return when a device was last heard; None = never."""
        row = self._row(
            "SELECT last_seen_ms FROM device_seen WHERE trust = ? AND device_id = ?",
            self._trust,
            device_id,
        )
        return times.from_ms(row[0]) if row else None

    def stray_context_answers(self, before: datetime) -> list[ReceivedContext]:
        """Return answers from before a moment whose finding is not (any more) an alert here."""
        rows = self._rows(
            f"SELECT {_ANSWER} FROM context_answer WHERE trust = ?1 "  # noqa: S608 - a constant
            "AND received_ms < ?2 AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.trust = ?1 "
            "AND alert.event_id = context_answer.finding) ORDER BY received_ms, finding",
            self._trust,
            times.to_ms(before),
        )
        return [_answer(row) for row in rows]

    def _about(self, select: str, findings: Sequence[EventId]) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(findings), _AT_ONCE):
            part = findings[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            found += self._rows(
                f"{select} WHERE trust = ? AND finding IN ({marks})", self._trust, *part
            )
        return found


def _request(row: tuple[Any, ...]) -> ContextRequest:
    return ContextRequest(
        finding=EventId(row[0]),
        device_id=DeviceId(row[1]),
        school=row[2],
        asked_by=row[3],
        reason=row[4],
        asked_at=times.from_ms(row[5]),
        until=times.from_ms(row[6]),
    )


def _answer(row: tuple[Any, ...]) -> ReceivedContext:
    return ReceivedContext(
        finding=EventId(row[0]),
        device_id=DeviceId(row[1]),
        event_id=EventId(row[2]),
        state=ContextState(row[3]),
        school=row[4],
        received_at=times.from_ms(row[5]),
        epoch=row[6],
        lane=TravelLane(row[7]),
        sequence=row[8],
        event=row[9],
    )
