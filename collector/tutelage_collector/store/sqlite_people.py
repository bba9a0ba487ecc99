"""Accounts and the audit log in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records import Account, AuditRow, Role
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime


class SqlitePeople(Database):
    """The part of the store that holds who signs in and what was done."""

    def add_account(self, account: Account) -> None:
        """Keep an account, or replace the one of the same name."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO account (trust, name, role, school, password_hash) "
                "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role, "
                "school = excluded.school, password_hash = excluded.password_hash",
                (self._trust, account.name, account.role.value, account.school,
                 account.password_hash),
            )  # fmt: skip

    def account(self, name: str) -> Account | None:
        """Return one account."""
        row = self._row(
            "SELECT name, role, school, password_hash FROM account WHERE trust = ? AND name = ?",
            self._trust,
            name,
        )
        return Account(row[0], Role(row[1]), row[2], row[3]) if row else None

    def accounts(self) -> list[Account]:
        """Return all accounts, by name."""
        rows = self._rows(
            "SELECT name, role, school, password_hash FROM account WHERE trust = ? ORDER BY name",
            self._trust,
        )
        return [Account(row[0], Role(row[1]), row[2], row[3]) for row in rows]

    def remove_account(self, name: str) -> None:
        """Forget an account."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM account WHERE trust = ? AND name = ?", (self._trust, name))
            if not cursor.rowcount:
                raise NotFoundError(f"account {name}: not known; see: account list")

    def audit(self, actor: str, action: str, subject: str, detail: str, now: datetime) -> None:
        """Append one row."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO audit (trust, number, at_ms, actor, action, subject, detail) "
                "SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ? FROM audit WHERE trust = ?",
                (self._trust, times.to_ms(now), actor, action, subject, detail, self._trust),
            )

    def audit_rows(self, limit: int = 200) -> list[AuditRow]:
        """Return audit rows, newest first."""
        rows = self._rows(
            "SELECT number, at_ms, actor, action, subject, detail FROM audit "
            "WHERE trust = ? ORDER BY number DESC LIMIT ?",
            self._trust,
            limit,
        )
        return [AuditRow(row[0], times.from_ms(row[1]), *row[2:]) for row in rows]
