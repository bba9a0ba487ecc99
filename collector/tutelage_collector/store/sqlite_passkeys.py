"""Passkeys in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_passkeys import CredentialId, Passkey, PasskeyWrap
from tutelage_wire import times

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_COLUMNS = "credential_id, account, name, rp_id, public_key, signs, salt, added_ms, used_ms"


class SqlitePasskeys(Database):
    """The part of the store that holds passkeys and what they open."""

    def add_passkey(self, passkey: Passkey) -> None:
        """Keep a new passkey."""
        with self._transaction() as cursor:
            cursor.execute(
                f"INSERT INTO passkey (trust, {_COLUMNS}) "  # noqa: S608 - a constant
                f"VALUES ({', '.join('?' * 10)})",
                (self._trust, passkey.id, passkey.account, passkey.name, passkey.rp_id,
                 passkey.public_key, passkey.signs, passkey.salt, times.to_ms(passkey.added_at),
                 times.to_ms(passkey.used_at) if passkey.used_at else None),
            )  # fmt: skip

    def passkey(self, credential_id: CredentialId) -> Passkey | None:
        """Return one passkey."""
        row = self._row(
            f"SELECT {_COLUMNS} FROM passkey "  # noqa: S608 - a constant
            "WHERE trust = ? AND credential_id = ?",
            self._trust,
            credential_id,
        )
        return _passkey(row) if row else None

    def passkeys(self, account: str | None = None) -> list[Passkey]:
        """Return an account's passkeys, or all, by account and age."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM passkey "  # noqa: S608 - a constant
            "WHERE trust = ?1 AND (?2 IS NULL OR account = ?2) "
            "ORDER BY account, added_ms, credential_id",
            self._trust,
            account,
        )
        return [_passkey(row) for row in rows]

    def note_passkey(self, credential_id: CredentialId, signs: int, now: datetime) -> None:
        """Keep that a passkey signed its owner in, and what its counter says."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE passkey SET signs = ?, used_ms = ? WHERE trust = ? AND credential_id = ?",
                (signs, times.to_ms(now), self._trust, credential_id),
            )

    def remove_passkey(self, credential_id: CredentialId) -> None:
        """Forget a passkey, and all that it opens."""
        with self._transaction() as cursor:
            if not _forget(cursor, self._trust, "credential_id", credential_id):
                raise NotFoundError(
                    f"passkey {credential_id}: there is none; see: recipient passkey list"
                )

    def wrap_for_passkey(self, wrap: PasskeyWrap) -> None:
        """Keep a private key under a passkey's secret; what was kept of the two before goes."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO passkey_wrap "
                "(trust, credential_id, key_id, nonce, ciphertext, added_ms) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (self._trust, wrap.credential_id, wrap.key_id, wrap.nonce, wrap.ciphertext,
                 times.to_ms(wrap.added_at)),
            )  # fmt: skip

    def passkey_wraps(self, account: str | None = None) -> list[PasskeyWrap]:
        """Return what an account's passkeys open, or all passkeys."""
        rows = self._rows(
            "SELECT credential_id, key_id, nonce, ciphertext, passkey_wrap.added_ms "
            "FROM passkey_wrap JOIN passkey USING (trust, credential_id) "
            "WHERE trust = ?1 AND (?2 IS NULL OR account = ?2) ORDER BY credential_id, key_id",
            self._trust,
            account,
        )
        return [
            PasskeyWrap(CredentialId(row[0]), row[1], row[2], row[3], times.from_ms(row[4]))
            for row in rows
        ]


def forget_passkeys_of(cursor: sqlite3.Cursor, trust: str, account: str) -> None:
    """Forget an account's passkeys, within the transaction that ends the account."""
    _forget(cursor, trust, "account", account)


def forget_wraps_of(cursor: sqlite3.Cursor, trust: str, key_id: str) -> None:
    """Forget what passkeys open of a key, within the transaction that ends the key."""
    cursor.execute("DELETE FROM passkey_wrap WHERE trust = ? AND key_id = ?", (trust, key_id))


def _forget(cursor: sqlite3.Cursor, trust: str, column: str, value: str) -> int:
    which = f"WHERE trust = ?1 AND {column} = ?2"
    cursor.execute(
        "DELETE FROM passkey_wrap WHERE trust = ?1 AND credential_id IN "  # noqa: S608 - constants
        f"(SELECT credential_id FROM passkey {which})",
        (trust, value),
    )
    cursor.execute(f"DELETE FROM passkey {which}", (trust, value))  # noqa: S608 - constants
    return cursor.rowcount


def _passkey(row: tuple[Any, ...]) -> Passkey:
    return Passkey(
        CredentialId(row[0]), row[1], row[2], row[3], row[4], row[5], row[6],
        times.from_ms(row[7]), times.from_ms(row[8]) if row[8] is not None else None,
    )  # fmt: skip
