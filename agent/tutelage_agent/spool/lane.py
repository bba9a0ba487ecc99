"""One lane of the spool: a SQLite file with encrypted events and the batches closed over them.

An event has a row number here and gets its sequence number only when a batch is closed over it;
that batch (header and signature) is on disk before it is sent, so that after a crash the same
bytes are sent again and the collector knows them. Rows are read one by one, by key, and never
scanned: that is what makes a damaged file salvageable.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tutelage_agent.errors import SpoolError
from tutelage_wire import merkle
from tutelage_wire.batch import FIRST_SEQUENCE, NO_HEAD, TravelLane

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutelage_wire.events import EventId

NONCE_BYTES = 12
RECORD_OVERHEAD = NONCE_BYTES + 16
REMEMBERED = 4096
"""So many of the latest findings are known by their ids after they were sent and forgotten."""
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chain (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL, next_sequence INTEGER NOT NULL, head BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS event (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    priority INTEGER NOT NULL, evicted INTEGER NOT NULL DEFAULT 0, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS batch (
    first_sequence INTEGER PRIMARY KEY, first_row INTEGER NOT NULL, last_row INTEGER NOT NULL,
    header BLOB NOT NULL, signature BLOB NOT NULL, head BLOB NOT NULL,
    next_sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS told (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
"""


class Priority(IntEnum):
    """What is given up first when the spool is full: the lowest, oldest first."""

    HEARTBEAT = 0
    POSTURE = 1
    FINDING = 2
    CONCERN = 3
    """Grade 3 and more, and integrity findings: given up only when nothing else is left."""


class DamagedError(Exception):
    """The file is not a sound database: quarantine and salvage it."""


@dataclass(frozen=True, slots=True)
class ClosedBatch:
    """A batch as it lies in the spool."""

    first_sequence: int
    next_sequence: int
    header: bytes
    signature: bytes
    head: bytes
    events: tuple[bytes, ...]
    evicted: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChainState:
    """Where this lane's chain stands; ``epoch`` 0 = none granted yet."""

    epoch: int
    next_sequence: int
    head: bytes


class LaneFile:
    """The open file of one lane. Not thread-safe: ``Spool`` holds a lock around each call."""

    def __init__(self, path: Path, lane: TravelLane, key: bytes, *, always_sync: bool) -> None:
        """Open or create the file.

        Args:
            path: of the SQLite file.
            lane: what travels in it.
            key: 32 bytes, AES-256-GCM.
            always_sync: sync the disk at every append, not only when a batch is closed.

        Raises:
            DamagedError: it is no sound database.
            SpoolError: it cannot be opened or written.
        """
        self.path = path
        self.lane = lane
        self._aad = f"tutelage/spool/v1/{lane.name}".encode()
        self._cipher = AESGCM(key)
        self._always_sync = always_sync
        with self._door():
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA wal_autocheckpoint=400")
            self._sync(full=True)
            self._db.executescript(_SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO chain VALUES (1, 0, ?, ?)", (1, NO_HEAD))
            if self._db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise DamagedError(str(path))
        path.chmod(0o600)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def append(self, event: bytes, priority: Priority, once: EventId | None = None) -> None:
        """Keep one event; nothing changes if ``once`` was given for an event before."""
        with self._door(), self._transaction(full=self._always_sync):
            if once is not None:
                fresh = self._db.execute("INSERT OR IGNORE INTO told (id) VALUES (?)", (once,))
                if fresh.rowcount == 0:
                    return
                self._db.execute(
                    "DELETE FROM told WHERE row <= (SELECT max(row) FROM told) - ?", (REMEMBERED,)
                )
            self._db.execute(
                "INSERT INTO event (priority, record) VALUES (?, ?)",
                (priority.value, self._encrypt(event)),
            )

    def chain(self) -> ChainState:
        """Return where the chain stands."""
        with self._door():
            row = self._db.execute("SELECT epoch, next_sequence, head FROM chain").fetchone()
        return ChainState(*row)

    def waiting(self, limit: int) -> list[tuple[int, bytes]]:
        """Return up to ``limit`` events (row, bytes) that no batch holds yet, oldest first."""
        with self._door():
            after = self._db.execute("SELECT coalesce(max(last_row), 0) FROM batch").fetchone()[0]
            rows = self._db.execute(
                "SELECT row FROM event WHERE row > ? ORDER BY row LIMIT ?", (after, limit)
            ).fetchall()
            return [(row, self._read(row)) for (row,) in rows]

    def close_batch(self, rows: list[int], closed: ClosedBatch) -> None:
        """Record a signed batch over ``rows`` and move the chain on; durable on return."""
        with self._door(), self._transaction(full=True):
            self._db.execute(
                "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    closed.first_sequence,
                    rows[0],
                    rows[-1],
                    closed.header,
                    closed.signature,
                    closed.head,
                    closed.next_sequence,
                ),
            )
            self._db.execute(
                "UPDATE chain SET next_sequence = ?, head = ?", (closed.next_sequence, closed.head)
            )

    def batch_after(self, sequence: int) -> ClosedBatch | None:
        """Return the first batch whose first sequence is above ``sequence``."""
        with self._door():
            found = self._db.execute(
                "SELECT first_sequence, first_row, last_row, header, signature, head,"
                " next_sequence FROM batch WHERE first_sequence > ?"
                " ORDER BY first_sequence LIMIT 1",
                (sequence,),
            ).fetchone()
            if found is None:
                return None
            first_sequence, first_row, last_row, header, signature, head, next_sequence = found
            rows = self._db.execute(
                "SELECT row, evicted FROM event WHERE row BETWEEN ? AND ? ORDER BY row",
                (first_row, last_row),
            ).fetchall()
            return ClosedBatch(
                first_sequence=first_sequence,
                next_sequence=next_sequence,
                header=header,
                signature=signature,
                head=head,
                events=tuple(self._read(row) for row, _ in rows),
                evicted=tuple(place for place, (_, gone) in enumerate(rows) if gone),
            )

    def forget_until(self, next_sequence: int) -> None:
        """Delete every batch, with its events, that ends at or before ``next_sequence``."""
        with self._door(), self._transaction(full=False):
            last = self._db.execute(
                "SELECT max(last_row) FROM batch WHERE next_sequence <= ?", (next_sequence,)
            ).fetchone()[0]
            if last is not None:
                self._db.execute("DELETE FROM batch WHERE next_sequence <= ?", (next_sequence,))
                self._db.execute("DELETE FROM event WHERE row <= ?", (last,))

    def start_epoch(self, epoch: int) -> None:
        """Begin a new chain: what was batched and not acknowledged will be batched again."""
        with self._door(), self._transaction(full=True):
            # A body that was given up cannot be sent in another batch: its hash has no event.
            self._db.execute("DELETE FROM event WHERE evicted = 1")
            self._db.execute("DELETE FROM batch")
            self._db.execute(
                "UPDATE chain SET epoch = ?, next_sequence = ?, head = ?",
                (epoch, FIRST_SEQUENCE, NO_HEAD),
            )

    def evict(self, wanted_bytes: int, below: Priority) -> int:
        """Give up bodies of less than ``below`` priority, lowest and oldest first.

        Returns:
            How many events lost their body.
        """
        dropped = 0
        with self._door(), self._transaction(full=False):
            batched = self._db.execute("SELECT coalesce(max(last_row), 0) FROM batch").fetchone()[0]
            rows = self._db.execute(
                "SELECT row, length(record) FROM event WHERE evicted = 0 AND priority < ?"
                " ORDER BY priority, row LIMIT 2000",
                (below.value,),
            ).fetchall()
            for row, size in rows:
                if wanted_bytes <= 0:
                    break
                if row <= batched:
                    leaf = merkle.leaf_hash(self._read(row))
                    self._db.execute(
                        "UPDATE event SET evicted = 1, record = ? WHERE row = ?",
                        (self._encrypt(leaf), row),
                    )
                else:
                    self._db.execute("DELETE FROM event WHERE row = ?", (row,))
                wanted_bytes -= size
                dropped += 1
        return dropped

    def size(self) -> tuple[int, int]:
        """Return (events, bytes of their records)."""
        with self._door():
            row = self._db.execute(
                "SELECT count(*), coalesce(sum(length(record)), 0) FROM event"
            ).fetchone()
        return int(row[0]), int(row[1])

    def first_row(self) -> int:
        """Return the lowest row number that is still there (1 where there is none)."""
        with self._door():
            return int(self._db.execute("SELECT coalesce(min(row), 1) FROM event").fetchone()[0])

    def _read(self, row: int) -> bytes:
        record = self._db.execute("SELECT record FROM event WHERE row = ?", (row,)).fetchone()[0]
        try:
            return self._cipher.decrypt(record[:NONCE_BYTES], record[NONCE_BYTES:], self._aad)
        except (InvalidTag, ValueError, TypeError) as error:
            raise DamagedError(f"{self.path}: row {row}") from error

    def _encrypt(self, data: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, self._aad)

    def _sync(self, *, full: bool) -> None:
        self._db.execute(f"PRAGMA synchronous={'FULL' if full else 'NORMAL'}")

    @contextmanager
    def _transaction(self, *, full: bool) -> Iterator[None]:
        self._sync(full=full)
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _door(self) -> Iterator[None]:
        """Turn SQLite's errors into what a person can act on."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in _CORRUPT:
                raise DamagedError(f"{self.path}: {error}") from error
            raise SpoolError(_explain(self.path, code, error)) from error


def _explain(path: Path, code: int, error: Exception) -> str:
    if code == sqlite3.SQLITE_FULL:
        return f"{path}: the disk is full: events wait in their sources until there is room"
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return (
            f"{path}: cannot be written: give the agent's account this folder, "
            "or set state_folder in its settings"
        )
    return f"{path}: {error}"
