"""Accounts, and who stands in for whom, in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records import Account, AccountLife, Role
from tutelage_collector.store.records_allowed import Cover
from tutelage_collector.store.sqlite_audit import SqliteAudit
from tutelage_collector.store.sqlite_passkeys import forget_passkeys_of
from tutelage_wire import times

if TYPE_CHECKING:
    from datetime import datetime

_COLUMNS = (
    "name, role, school, password_hash, state, stamp, created_ms, password_ms, signed_in_ms, "
    "refused"
)
_COVER = "cover_id, absent, covering, from_ms, until_ms, reason, made_by, made_ms, ended_ms"


class SqlitePeople(SqliteAudit):
    """The part of the store that holds who signs in."""

    def add_account(self, account: Account) -> None:
        """Keep an account, or replace the one of the same name.

        Its sessions then end, and its passkeys go: they may be another person's.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT INTO account (trust, name, role, school, password_hash, state, stamp, "
                "refused) VALUES (?, ?, ?, ?, ?, 'active', 1, 0) ON CONFLICT DO UPDATE SET "
                "role = excluded.role, school = excluded.school, state = 'active', "
                "password_hash = excluded.password_hash, stamp = stamp + 1, refused = 0",
                (self._trust, account.name, account.role.value, account.school,
                 account.password_hash),
            )  # fmt: skip
            forget_passkeys_of(cursor, self._trust, account.name)

    def account(self, name: str) -> Account | None:
        """Return one account."""
        row = self._row(
            f"SELECT {_COLUMNS} FROM account WHERE trust = ? AND name = ?",  # noqa: S608
            self._trust,
            name,
        )
        return _account(row) if row else None

    def accounts(self) -> list[Account]:
        """Return all accounts, by name."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM account WHERE trust = ? ORDER BY name",  # noqa: S608
            self._trust,
        )
        return [_account(row) for row in rows]

    def remove_account(self, name: str) -> None:
        """Forget an account."""
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM account WHERE trust = ? AND name = ?", (self._trust, name))
            _must_be_one(cursor.rowcount, name)
            forget_passkeys_of(cursor, self._trust, name)

    def set_account_active(self, name: str, *, active: bool) -> None:
        """Let an account sign in, or not; its sessions end."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE account SET state = ?, stamp = stamp + 1, refused = 0 "
                "WHERE trust = ? AND name = ?",
                ("active" if active else "disabled", self._trust, name),
            )
            _must_be_one(cursor.rowcount, name)

    def set_password(self, name: str, password_hash: str, now: datetime) -> None:
        """Give an account another password; its sessions end."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE account SET password_hash = ?, password_ms = ?, stamp = stamp + 1 "
                "WHERE trust = ? AND name = ?",
                (password_hash, times.to_ms(now), self._trust, name),
            )
            _must_be_one(cursor.rowcount, name)

    def end_sessions(self, name: str) -> None:
        """Sign an account out everywhere."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE account SET stamp = stamp + 1 WHERE trust = ? AND name = ?",
                (self._trust, name),
            )
            _must_be_one(cursor.rowcount, name)

    def note_sign_in(self, name: str, now: datetime, *, right: bool) -> None:
        """Keep when an account last signed in, and how often its password was wrong since."""
        with self._transaction() as cursor:
            if right:
                cursor.execute(
                    "UPDATE account SET signed_in_ms = ?, refused = 0 WHERE trust = ? AND name = ?",
                    (times.to_ms(now), self._trust, name),
                )
            else:
                cursor.execute(
                    "UPDATE account SET refused = refused + 1 WHERE trust = ? AND name = ?",
                    (self._trust, name),
                )

    def add_cover(self, cover: Cover) -> None:
        """Keep who stands in for whom."""
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO cover (trust, {_COVER}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 10)})",
                (self._trust, cover.id, cover.absent, cover.covering,
                 times.to_ms(cover.begins_at), times.to_ms(cover.ends_at), cover.reason,
                 cover.made_by, times.to_ms(cover.made_at), None),
            )  # fmt: skip

    def covers(self, now: datetime | None = None) -> list[Cover]:
        """Return who stands in for whom, newest first; ``now`` given, only what holds then."""
        rows = self._rows(
            f"SELECT {_COVER} FROM cover WHERE trust = ? "  # noqa: S608 - a constant
            "ORDER BY made_ms DESC, cover_id",
            self._trust,
        )
        found = [_cover(row) for row in rows]
        return found if now is None else [one for one in found if one.holds(now)]

    def end_cover(self, cover_id: str, now: datetime) -> None:
        """End a cover before its time."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE cover SET ended_ms = ? WHERE trust = ? AND cover_id = ? "
                "AND ended_ms IS NULL AND until_ms > ?",
                (times.to_ms(now), self._trust, cover_id, times.to_ms(now)),
            )
            if not cursor.rowcount:
                raise NotFoundError(
                    f"cover {cover_id}: none of this id still holds; see: account covers"
                )


def _must_be_one(changed: int, name: str) -> None:
    if not changed:
        raise NotFoundError(f"account {name}: not known; see: account list")


def _account(row: tuple[Any, ...]) -> Account:
    when = [None if value is None else times.from_ms(value) for value in row[6:9]]
    return Account(
        name=row[0],
        role=Role(row[1]),
        school=row[2],
        password_hash=row[3],
        active=row[4] == "active",
        stamp=row[5],
        life=AccountLife(when[0], when[1], when[2], row[9]),
    )


def _cover(row: tuple[Any, ...]) -> Cover:
    return Cover(
        id=row[0],
        absent=row[1],
        covering=row[2],
        begins_at=times.from_ms(row[3]),
        ends_at=times.from_ms(row[4]),
        reason=row[5],
        made_by=row[6],
        made_at=times.from_ms(row[7]),
        ended_at=None if row[8] is None else times.from_ms(row[8]),
    )
