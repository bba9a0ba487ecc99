"""Decisions that need two people, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import (
    WORDS,
    Approval,
    ApprovalKind,
    ApprovalState,
)
from tutelage_collector.store.sqlite_audit import SqliteAudit
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = (
    "approval_id, kind, school, subject, about, reason, asked_by, asked_role, asked_ms, "
    "expires_ms, state, decided_by, decided_role, decided_ms, note, used_ms"
)


class SqliteApprovals(SqliteAudit):
    """The part of the store that holds requests for a second person."""

    def add_approval(self, approval: Approval) -> None:
        """Keep a new request."""
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO approval (trust, {_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 17)})",
                (self._trust, approval.id, approval.kind.value, approval.school, approval.subject,
                 approval.about.value if approval.about else "", approval.reason,
                 approval.asked_by, approval.asked_role.value, times.to_ms(approval.asked_at),
                 times.to_ms(approval.expires_at), approval.state.value, "", "", None, "", None),
            )  # fmt: skip
            self._audit(
                cursor, approval.asked_by, f"asked to {_words(approval)}", approval.subject,
                f"approval {approval.id}: {approval.reason}", approval.asked_at,
            )  # fmt: skip

    def approval(self, approval_id: str) -> Approval | None:
        """Return one request."""
        row = self._row(
            f"SELECT {_COLUMNS} FROM approval "  # noqa: S608 - a constant
            "WHERE trust = ? AND approval_id = ?",
            self._trust,
            approval_id,
        )
        return _approval(row) if row else None

    def approvals(self, school: str | None = None, limit: int = 200) -> list[Approval]:
        """Return requests, newest first; of a school, and of the whole trust."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM approval "  # noqa: S608 - a constant
            "WHERE trust = ? AND (? IS NULL OR school IN (?, '')) "
            "ORDER BY asked_ms DESC, approval_id LIMIT ?",
            self._trust,
            school,
            school,
            limit,
        )
        return [_approval(row) for row in rows]

    def decide_approval(
        self, approval_id: str, name: str, role: Role, note: str, now: datetime, *, approve: bool
    ) -> Approval:
        """Approve or refuse a request that still waits."""
        state = ApprovalState.APPROVED if approve else ApprovalState.REFUSED
        with self._transaction() as cursor:
            row = cursor.execute(
                "UPDATE approval SET state = ?, decided_by = ?, decided_role = ?, "  # noqa: S608
                "decided_ms = ?, "
                "note = ? WHERE trust = ? AND approval_id = ? AND state = 'waiting' "
                "AND expires_ms > ? AND asked_by <> ? "
                f"RETURNING {_COLUMNS}",
                (state.value, name, role.value, times.to_ms(now), note, self._trust, approval_id,
                 times.to_ms(now), name),
            ).fetchone()  # fmt: skip
            if row is None:
                raise NotFoundError(
                    f"approval {approval_id}: none of this id waits for a second person; "
                    "see: approval list"
                )
            found = _approval(row)
            self._audit(
                cursor, name, f"{state.value} to {_words(found)}", found.subject,
                f"approval {found.id} asked by {found.asked_by}: {note}", now,
            )  # fmt: skip
        return found

    def use_approval(self, approval_id: str, name: str, now: datetime) -> Approval:
        """Take an approval for what it allows: once, and in time."""
        with self._transaction() as cursor:
            row = cursor.execute(
                "UPDATE approval SET state = 'used', used_ms = ? WHERE trust = ? "  # noqa: S608
                "AND approval_id = ? AND state = 'approved' AND expires_ms > ? "
                f"RETURNING {_COLUMNS}",
                (times.to_ms(now), self._trust, approval_id, times.to_ms(now)),
            ).fetchone()
            if row is None:
                raise NotFoundError(
                    f"approval {approval_id}: none of this id is approved and still to be used; "
                    "see: approval list"
                )
            found = _approval(row)
            self._audit(
                cursor, name, f"began to {_words(found)}", found.subject,
                f"approval {found.id} asked by {found.asked_by}, approved by {found.decided_by}",
                now,
            )  # fmt: skip
        return found


def _words(approval: Approval) -> str:
    return WORDS[approval.kind]


def _approval(row: tuple[Any, ...]) -> Approval:
    return Approval(
        id=row[0],
        kind=ApprovalKind(row[1]),
        school=row[2],
        subject=row[3],
        about=Role(row[4]) if row[4] else None,
        reason=row[5],
        asked_by=row[6],
        asked_role=Role(row[7]),
        asked_at=times.from_ms(row[8]),
        expires_at=times.from_ms(row[9]),
        state=ApprovalState(row[10]),
        decided_by=row[11],
        decided_role=Role(row[12]) if row[12] else None,
        decided_at=None if row[13] is None else times.from_ms(row[13]),
        note=row[14],
        used_at=None if row[15] is None else times.from_ms(row[15]),
    )
