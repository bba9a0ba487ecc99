"""Concerns in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import ConflictError, NotFoundError
from tutelage_collector.store import sqlite_rows
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_concerns import (
    About,
    ActionId,
    Concern,
    ConcernId,
    ConcernState,
    Entry,
    EntryId,
    EntryKind,
    IctAction,
    IctActionKind,
    Outcome,
    Police,
    Source,
)
from tutelage_collector.store.sqlite_alerting import EPISODE_COLUMNS
from tutelage_wire import times
from tutelage_wire.events import DeviceId, EventId

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Change

SAYS_REPORT = "Somebody wrote on the report page; a person is about to be told."
_ANY_HOUR = 5
_COLUMNS = (
    "concern_id, school, about, source, state, grade, risk_area, subcategory, opened_ms, "
    "opened_by, acknowledged_ms, outcome, outcome_ms, closed_ms, police, complaint_ms, "
    "cpoms_reference, cpoms_by, cpoms_ms"
)
_ALERT = ", ".join(f"alert.{name.strip()}" for name in sqlite_rows.ALERT_COLUMNS.split(","))
_ACTION_COLUMNS = (
    "action_id, concern_id, school, kind, target, device_id, asked_ms, due_ms, done_ms, done_by"
)


class SqliteConcerns(Database):
    """The part of the store that holds concerns."""

    def add_concern(self, change: Change) -> None:
        """Keep a new concern with its first lines and alerts, in one transaction."""
        row = _row_of(change.concern)
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO concern (trust, {_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * (len(row) + 1))})",
                (self._trust, *row),
            )
            self._append(cursor, change)
            if change.concern.acknowledged_at is None:
                self._wait_for_somebody(cursor, change.concern)

    def change_concern(self, change: Change, before: Concern) -> None:
        """Keep one step of a concern, in one transaction."""
        row = _row_of(change.concern)
        names = [name.strip() for name in _COLUMNS.split(",")]
        with self._transaction() as cursor:
            stored = cursor.execute(
                f"SELECT {_COLUMNS} FROM concern "  # noqa: S608 - a constant
                "WHERE trust = ? AND concern_id = ?",
                (self._trust, change.concern.id),
            ).fetchone()
            if stored is None:
                raise NotFoundError(f"concern {change.concern.id}: not known; see: concern list")
            if _concern_of(stored) != before:
                raise ConflictError(
                    f"concern {change.concern.id}: somebody else changed it a moment ago; look at "
                    "it again, then decide"
                )
            cursor.execute(
                f"UPDATE concern SET {', '.join(f'{name} = ?' for name in names)} "  # noqa: S608
                "WHERE trust = ? AND concern_id = ?",
                (*row, self._trust, change.concern.id),
            )
            self._append(cursor, change)
            if before.acknowledged_at is None and change.concern.acknowledged_at is not None:
                cursor.execute(
                    "UPDATE episode SET acknowledged_by = ?, acknowledged_ms = ?, look_ms = NULL "
                    "WHERE trust = ? AND episode_id = ? AND acknowledged_ms IS NULL",
                    (change.entries[0].by, times.to_ms(change.concern.acknowledged_at),
                     self._trust, change.concern.id),
                )  # fmt: skip

    def concern(self, concern_id: ConcernId) -> Concern | None:
        """Return one concern."""
        row = self._row(
            f"SELECT {_COLUMNS} FROM concern WHERE trust = ? AND concern_id = ?",  # noqa: S608
            self._trust,
            concern_id,
        )
        return _concern_of(row) if row else None

    def concerns(self, school: str | None = None, limit: int = 500) -> list[Concern]:
        """Return concerns: open ones before closed ones, most urgent first, then newest first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM concern "  # noqa: S608 - a constant
            "WHERE trust = ? AND (? IS NULL OR school = ?) "
            "ORDER BY state = 'closed', CASE WHEN state = 'closed' THEN 0 ELSE grade END DESC, "
            "opened_ms DESC LIMIT ?",
            self._trust,
            school,
            school,
            limit,
        )
        return [_concern_of(row) for row in rows]

    def concern_entries(self, concern_id: ConcernId) -> list[Entry]:
        """Return a concern's timeline, oldest first."""
        rows = self._rows(
            "SELECT entry_id, at_ms, by_account, kind, code, sealed, number FROM concern_entry "
            "WHERE trust = ? AND concern_id = ? ORDER BY number",
            self._trust,
            concern_id,
        )
        return [
            Entry(
                id=EntryId(row[0]),
                concern_id=concern_id,
                at=times.from_ms(row[1]),
                by=row[2],
                kind=EntryKind(row[3]),
                code=row[4],
                sealed=row[5],
                number=row[6],
            )
            for row in rows
        ]

    def concern_alerts(self, concern_id: ConcernId) -> list[Alert]:
        """Return a concern's alerts that are still stored, oldest first."""
        rows = self._rows(
            f"SELECT {_ALERT} FROM concern_alert AS held "  # noqa: S608 - a constant
            "JOIN alert ON alert.trust = held.trust AND alert.event_id = held.event_id "
            "WHERE held.trust = ? AND held.concern_id = ? ORDER BY alert.occurred_ms",
            self._trust,
            concern_id,
        )
        return [sqlite_rows.alert_of(row) for row in rows]

    def concern_events(self, concern_id: ConcernId) -> list[EventId]:
        """Return the ids of a concern's alerts, those that were erased since too."""
        rows = self._rows(
            "SELECT event_id FROM concern_alert WHERE trust = ? AND concern_id = ? "
            "ORDER BY event_id",
            self._trust,
            concern_id,
        )
        return [EventId(row[0]) for row in rows]

    def concerns_of(self, events: Iterable[EventId]) -> dict[EventId, list[ConcernId]]:
        """Return in which concerns alerts are, for those that are in one."""
        found: dict[EventId, list[ConcernId]] = {}
        for event_id in events:
            rows = self._rows(
                "SELECT concern_id FROM concern_alert WHERE trust = ? AND event_id = ?",
                self._trust,
                event_id,
            )
            if rows:
                found[event_id] = [ConcernId(row[0]) for row in rows]
        return found

    def alerts_between(
        self, school: str, since: datetime, until: datetime, limit: int = 20_000
    ) -> list[Alert]:
        """Return a school's alerts received in a window, newest first."""
        rows = self._rows(
            f"SELECT {sqlite_rows.ALERT_COLUMNS} FROM alert "  # noqa: S608 - a constant
            "WHERE trust = ? AND school = ? AND received_ms BETWEEN ? AND ? "
            "ORDER BY number DESC LIMIT ?",
            self._trust,
            school,
            times.to_ms(since),
            times.to_ms(until),
            limit,
        )
        return [sqlite_rows.alert_of(row) for row in rows]

    def ict_actions(self, school: str | None = None) -> list[IctAction]:
        """Return what ICT is asked to do: open ones before done ones, most pressing first."""
        rows = self._rows(
            f"SELECT {_ACTION_COLUMNS} FROM ict_action "  # noqa: S608 - a constant
            "WHERE trust = ? AND (? IS NULL OR school = ?) "
            "ORDER BY done_ms IS NOT NULL, due_ms, action_id",
            self._trust,
            school,
            school,
        )
        return [_action_of(row) for row in rows]

    def ict_action(self, action_id: ActionId) -> IctAction | None:
        """Return one."""
        row = self._row(
            f"SELECT {_ACTION_COLUMNS} FROM ict_action "  # noqa: S608 - a constant
            "WHERE trust = ? AND action_id = ?",
            self._trust,
            action_id,
        )
        return _action_of(row) if row else None

    def finish_ict_action(self, action_id: ActionId, entry: Entry, by: str, now: datetime) -> None:
        """Say that it is done, and write the line into its concern's timeline."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE ict_action SET done_ms = ?, done_by = ? "
                "WHERE trust = ? AND action_id = ? AND done_ms IS NULL",
                (times.to_ms(now), by, self._trust, action_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(
                    f"action {action_id}: none of this id is still open; see: concern actions"
                )
            self._put_entries(cursor, (entry,))

    def _wait_for_somebody(self, cursor: sqlite3.Cursor, one: Concern) -> None:
        """Let the ladder tell people of a report, as of an alert; one about staff tells nobody.

        A message about a concern that goes past the safeguarding lead would reach the lead first.
        """
        if one.about is not About.PUPIL:
            return
        opened = times.to_ms(one.opened_at)
        cursor.execute(
            f"INSERT INTO episode (trust, {EPISODE_COLUMNS}) "  # noqa: S608 - a constant
            f"VALUES ({', '.join('?' * 15)})",
            (self._trust, one.id, one.school, "", "", Handling.LADDER.value, one.grade,
             int(one.grade >= _ANY_HOUR), 0, opened, opened, "", None, opened, SAYS_REPORT),
        )  # fmt: skip

    def _append(self, cursor: sqlite3.Cursor, change: Change) -> None:
        cursor.executemany(
            "INSERT OR IGNORE INTO concern_alert (trust, concern_id, event_id) VALUES (?, ?, ?)",
            [(self._trust, change.concern.id, event_id) for event_id in change.alerts],
        )
        self._put_entries(cursor, change.entries)
        if change.action is not None:
            one = change.action
            cursor.execute(
                f"INSERT INTO ict_action (trust, {_ACTION_COLUMNS}) "  # noqa: S608 - a constant
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._trust, one.id, one.concern_id, one.school, one.kind.value, one.target,
                 one.device_id or "", times.to_ms(one.asked_at), times.to_ms(one.due_at),
                 _ms(one.done_at), one.done_by),
            )  # fmt: skip

    def _put_entries(self, cursor: sqlite3.Cursor, entries: Sequence[Entry]) -> None:
        for one in entries:
            cursor.execute(
                "INSERT INTO concern_entry (trust, concern_id, number, entry_id, at_ms, "
                "by_account, kind, code, sealed) SELECT ?, ?, coalesce(max(number), 0) + 1, "
                "?, ?, ?, ?, ?, ? FROM concern_entry WHERE trust = ? AND concern_id = ?",
                (self._trust, one.concern_id, one.id, times.to_ms(one.at), one.by, one.kind.value,
                 one.code, one.sealed, self._trust, one.concern_id),
            )  # fmt: skip


def _row_of(one: Concern) -> tuple[Any, ...]:
    return (
        one.id, one.school, one.about.value, one.source.value, one.state.value, one.grade,
        one.risk_area, one.subcategory, times.to_ms(one.opened_at), one.opened_by,
        _ms(one.acknowledged_at), one.outcome.value if one.outcome else "", _ms(one.outcome_at),
        _ms(one.closed_at), one.police.value if one.police else "", _ms(one.complaint_since),
        one.cpoms_reference, one.cpoms_by, _ms(one.cpoms_at),
    )  # fmt: skip


def _concern_of(row: tuple[Any, ...]) -> Concern:
    return Concern(
        id=ConcernId(row[0]),
        school=row[1],
        about=About(row[2]),
        source=Source(row[3]),
        state=ConcernState(row[4]),
        grade=row[5],
        risk_area=row[6],
        subcategory=row[7],
        opened_at=times.from_ms(row[8]),
        opened_by=row[9],
        acknowledged_at=_moment(row[10]),
        outcome=Outcome(row[11]) if row[11] else None,
        outcome_at=_moment(row[12]),
        closed_at=_moment(row[13]),
        police=Police(row[14]) if row[14] else None,
        complaint_since=_moment(row[15]),
        cpoms_reference=row[16],
        cpoms_by=row[17],
        cpoms_at=_moment(row[18]),
    )


def _action_of(row: tuple[Any, ...]) -> IctAction:
    return IctAction(
        id=ActionId(row[0]),
        concern_id=ConcernId(row[1]),
        school=row[2],
        kind=IctActionKind(row[3]),
        target=row[4],
        device_id=DeviceId(row[5]) if row[5] else None,
        asked_at=times.from_ms(row[6]),
        due_at=times.from_ms(row[7]),
        done_at=_moment(row[8]),
        done_by=row[9],
    )


def _ms(value: datetime | None) -> int | None:
    return None if value is None else times.to_ms(value)


def _moment(value: int | None) -> datetime | None:
    return None if value is None else times.from_ms(value)
