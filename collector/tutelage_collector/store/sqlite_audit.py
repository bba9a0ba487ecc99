"""The audit log in SQLite: rows are appended in a chain, signed, and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tutelage_collector.store import audit_chain
from tutelage_collector.store.database import Database
from tutelage_collector.store.records import AuditRow
from tutelage_wire import times

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from tutelage_wire.keys import Sign

_COLUMNS = "number, at_ms, actor, action, subject, detail, actor_role, school, head, signature"


class SqliteAudit(Database):
    """The part of the store that holds what people did."""

    _sign_audit: Sign | None = None
    """Signs rows; None only where a test needs no signatures: verifying then says so."""

    def audit(self, actor: str, action: str, subject: str, detail: str, now: datetime) -> None:
        """Append one row."""
        with self._transaction() as cursor:
            self._audit(cursor, actor, action, subject, detail, now)

    def audit_rows(self, limit: int = 200) -> list[AuditRow]:
        """Return audit rows, newest first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM audit "  # noqa: S608 - a constant
            "WHERE trust = ? ORDER BY number DESC LIMIT ?",
            self._trust,
            limit,
        )
        return [_row(row) for row in rows]

    def audit_log(self) -> list[AuditRow]:
        """Return the whole log, oldest row first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM audit WHERE trust = ? ORDER BY number",  # noqa: S608
            self._trust,
        )
        return [_row(row) for row in rows]

    def _audit(
        self,
        cursor: sqlite3.Cursor,
        actor: str,
        action: str,
        subject: str,
        detail: str,
        now: datetime,
    ) -> None:
        """Append one row within a transaction of something else that must not go unrecorded."""
        holder = cursor.execute(
            "SELECT role, school FROM account WHERE trust = ? AND name = ?", (self._trust, actor)
        ).fetchone()
        role, school = holder or ("", "")
        last = cursor.execute(
            "SELECT number, head FROM audit WHERE trust = ? ORDER BY number DESC LIMIT 1",
            (self._trust,),
        ).fetchone()
        number, previous = last or (0, audit_chain.NO_HEAD)
        if previous is None:
            older = cursor.execute(
                f"SELECT {_COLUMNS} FROM audit WHERE trust = ? ORDER BY number",  # noqa: S608
                (self._trust,),
            )
            previous = audit_chain.head_of_unchained(self._trust, map(_row, older))
        # As it will be read again: to the millisecond.
        at = times.from_ms(times.to_ms(now))
        row = AuditRow(number + 1, at, actor, action, subject, detail, role, school)
        row = replace(row, head=audit_chain.head_of(previous, self._trust, row))
        signature = (
            self._sign_audit(audit_chain.signed_bytes(row.head)) if self._sign_audit else b""
        )
        cursor.execute(
            f"INSERT INTO audit (trust, {_COLUMNS}) "  # noqa: S608 - a constant
            f"VALUES ({', '.join('?' * 11)})",
            (self._trust, row.number, times.to_ms(at), actor, action, subject, detail, role,
             school, row.head, signature),
        )  # fmt: skip


def _row(row: tuple[Any, ...]) -> AuditRow:
    return AuditRow(
        number=row[0],
        at=times.from_ms(row[1]),
        actor=row[2],
        action=row[3],
        subject=row[4],
        detail=row[5],
        actor_role=row[6],
        school=row[7],
        head=row[8] or b"",
        signature=row[9] or b"",
    )
