"""Recipients and shared content keys in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_recipients import (
    KeyState,
    RecipientKey,
    RecipientKind,
    RecordId,
    SharedKey,
)
from tutelage_collector.store.sqlite_passkeys import forget_wraps_of
from tutelage_wire import times

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime


class SqliteRecipients(Database):
    """The part of the store that holds to whom excerpts are sealed."""

    def add_recipient(self, key: RecipientKey) -> None:
        """Keep a new recipient's key; one active key of a name in a school."""
        with self._transaction() as cursor:
            _put(cursor, self._trust, key)

    def replace_recipient(self, key: RecipientKey, now: datetime) -> None:
        """Keep a new key under a name, and let devices seal to the old one no more."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE recipient SET state = 'replaced', ended_ms = ? "
                "WHERE trust = ? AND name = ? AND school = ? AND state = 'active'",
                (times.to_ms(now), self._trust, key.name, key.school),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"recipient {key.name}: has no active key to replace")
            _put(cursor, self._trust, key)

    def activate_recipient(self, key_id: str, now: datetime) -> None:
        """Let devices seal to an offered key, in place of the active one of the same name."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE recipient SET state = 'replaced', ended_ms = ?1 "
                "WHERE trust = ?2 AND state = 'active' AND (name, school) = "
                "(SELECT name, school FROM recipient WHERE trust = ?2 AND key_id = ?3)",
                (times.to_ms(now), self._trust, key_id),
            )
            cursor.execute(
                "UPDATE recipient SET state = 'active' "
                "WHERE trust = ? AND key_id = ? AND state = 'offered'",
                (self._trust, key_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"recipient key {key_id}: none that waits; see: recipient list")

    def recipients(self) -> list[RecipientKey]:
        """Return all keys, the ended ones too, by name, newest first."""
        rows = self._rows(
            "SELECT name, kind, school, public_key, browser_key, state, added_ms, ended_ms "
            "FROM recipient WHERE trust = ? ORDER BY name, school, added_ms DESC, key_id",
            self._trust,
        )
        return [_key(row) for row in rows]

    def end_recipient(self, key_id: str, state: KeyState, now: datetime) -> None:
        """Say that a key is replaced or removed."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE recipient SET state = ?, ended_ms = ? WHERE trust = ? AND key_id = ?",
                (state.value, times.to_ms(now), self._trust, key_id),
            )
            if not cursor.rowcount:
                raise NotFoundError(f"recipient key {key_id}: not known; see: recipient list")
            if state is KeyState.REMOVED:
                cursor.execute(
                    "UPDATE recipient SET browser_key = '' WHERE trust = ? AND key_id = ?",
                    (self._trust, key_id),
                )
                cursor.execute(
                    "DELETE FROM shared_key WHERE trust = ? AND key_id = ?", (self._trust, key_id)
                )
                forget_wraps_of(cursor, self._trust, key_id)

    def share(self, shared: Sequence[SharedKey]) -> None:
        """Keep content keys for one more recipient; those that are there already stay."""
        with self._transaction() as cursor:
            cursor.executemany(
                "INSERT INTO shared_key (trust, record, key_id, wrapped_key, by_key_id, at_ms) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    (self._trust, one.record, one.key_id, one.wrapped_key, one.by_key_id,
                     times.to_ms(one.at))
                    for one in shared
                ],
            )  # fmt: skip

    def shared_keys(self, record: RecordId) -> list[SharedKey]:
        """Return with whom one record was shared."""
        rows = self._rows(
            "SELECT record, key_id, wrapped_key, by_key_id, at_ms FROM shared_key "
            "WHERE trust = ? AND record = ?",
            self._trust,
            record,
        )
        return [
            SharedKey(RecordId(row[0]), row[1], row[2], row[3], times.from_ms(row[4]))
            for row in rows
        ]


def _put(cursor: sqlite3.Cursor, trust: str, key: RecipientKey) -> None:
    cursor.execute(
        "INSERT INTO recipient (trust, key_id, name, kind, school, public_key, browser_key, "
        "state, added_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (trust, key.key_id, key.name, key.kind.value, key.school, key.public_key,
         key.browser_key, key.state.value, times.to_ms(key.added_at)),
    )  # fmt: skip


def _key(row: tuple[Any, ...]) -> RecipientKey:
    return RecipientKey(
        name=row[0],
        kind=RecipientKind(row[1]),
        school=row[2],
        public_key=row[3],
        browser_key=row[4],
        state=KeyState(row[5]),
        added_at=times.from_ms(row[6]),
        ended_at=times.from_ms(row[7]) if row[7] is not None else None,
    )
