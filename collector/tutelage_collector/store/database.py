"""The SQLite file: connections, transactions, migrations, errors, and checkpoints of the WAL.

One writing connection behind a lock; one reading connection a thread. ``synchronous=FULL``: a
commit is on the disk when it returns. The WAL is brought into the database by another thread and
connection, because inside the writer it would hold up alerts (collector.md, section d).
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import StoreError, StoreFullError, StoreReadOnlyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOG = logging.getLogger(__name__)
_BUSY_SECONDS = 10.0
_CHECKPOINT_BYTES = 8 * 2**20
"""So much is written before the WAL is brought into the database."""
_WAL_LIMIT_BYTES = 64 * 2**20
"""From here on the writer waits until the WAL can begin anew."""


class Database:
    """The file of one trust."""

    def __init__(self, path: Path, trust: str) -> None:
        """Open ``path``, make it if it is not there, and bring its schema up to date.

        Raises:
            StoreError: it says why it cannot be opened, and what to do.
        """
        self._path = path
        self._trust = trust
        self._lock = threading.RLock()
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        with _translated(path):
            self._write = self._connect()
            try:
                _migrate(self._write)
            except sqlite3.Error:
                self._write.close()
                raise
        self._unchecked_bytes = 0
        self._wake = threading.Event()
        self._closing = False
        self._checkpointer = threading.Thread(
            target=self._checkpoints, name="store-checkpoint", daemon=True
        )
        self._checkpointer.start()

    def close(self) -> None:
        """Finish what is being written and let go of the files."""
        self._closing = True
        self._wake.set()
        self._checkpointer.join()
        with self._lock:
            with contextlib.suppress(sqlite3.Error):
                self._write.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for connection in self._open:
                connection.close()
            self._open.clear()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """All or nothing; durable when it ends."""
        with self._lock, _translated(self._path):
            cursor = self._write.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    cursor.execute("ROLLBACK")
                raise
            finally:
                cursor.close()

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        with _translated(self._path):
            return self._reader().execute(sql, values).fetchall()

    def _row(self, sql: str, *values: Any) -> Any:
        with _translated(self._path):
            return self._reader().execute(sql, values).fetchone()

    def _written(self, size: int) -> None:
        """Count what was written, and wake the checkpointer when it is worth it."""
        self._unchecked_bytes += size
        if self._unchecked_bytes >= _CHECKPOINT_BYTES:
            self._unchecked_bytes = 0
            self._wake.set()

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only=ON")
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-16384")
        with self._lock:
            self._open.append(connection)
        return connection

    def _checkpoints(self) -> None:
        try:
            with _translated(self._path):
                connection = self._connect()
        except StoreError as error:
            _LOG.warning("the database's log is not brought in until a restart: %s", error)
            return
        wal = self._path.with_name(self._path.name + "-wal")
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._closing:
                return
            try:
                large = wal.stat().st_size > _WAL_LIMIT_BYTES
                mode = "RESTART" if large else "PASSIVE"
                connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
            except (OSError, sqlite3.Error) as error:
                _LOG.warning("the database's log could not be brought in: %s", error)


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name == "SQLITE_FULL":
            raise StoreFullError(
                f"{path}: no room is left on this disk; free some, agents keep what they have "
                "and send it again"
            ) from error
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH")):
            raise StoreReadOnlyError(
                f"{path}: cannot be written to ({name}); give the collector's account write "
                f"access to {path.parent}"
            ) from error
        if name == "SQLITE_NOTADB" or name.startswith("SQLITE_CORRUPT"):
            raise StoreError(
                f"{path}: is damaged ({name}); stop the collector, restore the last backup, and "
                "run: tutelage-collector store check"
            ) from error
        raise StoreError(f"{path}: {name or type(error).__name__}: {error}") from error


def _migrate(connection: sqlite3.Connection) -> None:
    """Apply the numbered migrations that this file has not seen, each in one transaction."""
    done = int(connection.execute("PRAGMA user_version").fetchone()[0])
    folder = resources.files("tutelage_collector.store") / "migrations"
    steps = sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql"))
    newest = int(steps[-1][:4])
    if done > newest:
        raise StoreError(
            f"this database has schema {done}, this collector knows {newest}: install the newer "
            "collector again"
        )
    for name in steps:
        number = int(name[:4])
        if number > done:
            sql = (folder / name).read_text(encoding="utf-8")
            connection.executescript(
                f"BEGIN IMMEDIATE; {sql}; PRAGMA user_version={number}; COMMIT;"
            )
