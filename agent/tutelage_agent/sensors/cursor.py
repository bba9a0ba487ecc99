"""How far the sensors came, on disk: which files were read, by path and version.

One of the three rooms that may open a database (pyproject.toml). Losing it costs a second
reading, never a missed file; so it is kept without waiting for the disk.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -1024;
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS folder (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS file (
    folder INTEGER NOT NULL,
    name BLOB NOT NULL,
    mtime_ns INTEGER NOT NULL,
    size INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS file_inode ON file (inode);
CREATE TABLE IF NOT EXISTS place (source TEXT PRIMARY KEY, position TEXT NOT NULL) WITHOUT ROWID;
"""

CACHED_FOLDERS = 4096


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of a file that was read."""

    mtime_ns: int
    size: int
    inode: int
    """0 where the system does not tell (Windows directory listings)."""
    digest: bytes = b""
    """The observation's key when there was text: the same text again is not news."""

    def same_version(self, other: Seen) -> bool:
        """Say whether both describe the same version of the same file."""
        inode_agrees = self.inode == other.inode or 0 in (self.inode, other.inode)
        return self.mtime_ns == other.mtime_ns and self.size == other.size and inode_agrees


class Cursor:
    """Which files were read, per folder, and how far each other source was read.

    Use it from the thread that made it. Paths are stored as the system's own bytes, so that
    no name is too strange to be remembered.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the database; one that is not a database is moved aside."""
        self.rebuilt = False
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            path.replace(path.with_suffix(".corrupt"))
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            self.rebuilt = True
            self._db = self._open(path)
        self._ids: dict[bytes, int] = {}

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, isolation_level=None)
        try:
            db.executescript(SCHEMA)
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def find_folder(self, path: str) -> int | None:
        """Return the id of a folder, or None if it was never met."""
        key = os.fsencode(path)
        known = self._ids.get(key)
        if known is None:
            row = self._db.execute("SELECT id FROM folder WHERE path = ?", (key,)).fetchone()
            if row is None:
                return None
            known = self._remember(key, int(row[0]))
        return known

    def folder(self, path: str) -> int:
        """Return the id of a folder, which is known from now on."""
        known = self.find_folder(path)
        if known is not None:
            return known
        key = os.fsencode(path)
        made = self._db.execute("INSERT INTO folder (path) VALUES (?)", (key,))
        return self._remember(key, int(made.lastrowid or 0))

    def _remember(self, key: bytes, folder: int) -> int:
        if len(self._ids) >= CACHED_FOLDERS:
            self._ids.clear()
        self._ids[key] = folder
        return folder

    def files(self, folder: int) -> dict[bytes, Seen]:
        """Return what was read in one folder, by name."""
        rows = self._db.execute(
            "SELECT name, mtime_ns, size, inode, digest FROM file WHERE folder = ?", (folder,)
        )
        return {name: Seen(mtime, size, inode, digest) for name, mtime, size, inode, digest in rows}

    def file(self, folder: int, name: str) -> Seen | None:
        """Return the version of one file that was read."""
        row = self._db.execute(
            "SELECT mtime_ns, size, inode, digest FROM file WHERE folder = ? AND name = ?",
            (folder, os.fsencode(name)),
        ).fetchone()
        return None if row is None else Seen(*row)

    def elsewhere(self, seen: Seen) -> tuple[str, bytes] | None:
        """Return name and digest of the same file, same version, known by another path.

        So a renamed file, or a renamed folder of thousands, is not read again.
        """
        if seen.inode == 0:
            return None
        row = self._db.execute(
            "SELECT name, digest FROM file WHERE inode = ? AND mtime_ns = ? AND size = ?",
            (seen.inode, seen.mtime_ns, seen.size),
        ).fetchone()
        return None if row is None else (os.fsdecode(row[0]), row[1])

    def keep(self, folder: int, name: str, seen: Seen) -> None:
        """Note that this version was read and anything found in it is durably queued."""
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)",
            (folder, os.fsencode(name), seen.mtime_ns, seen.size, seen.inode, seen.digest),
        )

    def forget(self, folder: int, names: Iterable[bytes]) -> None:
        """Drop files that are gone."""
        self._db.executemany(
            "DELETE FROM file WHERE folder = ? AND name = ?", [(folder, name) for name in names]
        )

    def forget_folders_below(self, root: str, *, but: set[int]) -> None:
        """Drop the folders at and below ``root`` that a complete scan did not meet."""
        key = os.fsencode(root)
        below = key.rstrip(os.fsencode(os.sep)) + os.fsencode(os.sep)
        # A range, not LIKE: paths are bytes, and % and _ are allowed in them.
        rows = self._db.execute(
            "SELECT id FROM folder WHERE path = ? OR (path >= ? AND path < ?)",
            (key, below, below[:-1] + bytes([below[-1] + 1])),
        ).fetchall()
        gone = [(row[0],) for row in rows if row[0] not in but]
        if not gone:
            return
        self._db.execute("BEGIN")
        self._db.executemany("DELETE FROM file WHERE folder = ?", gone)
        self._db.executemany("DELETE FROM folder WHERE id = ?", gone)
        self._db.execute("COMMIT")
        self._ids.clear()

    def place(self, source: str) -> str | None:
        """Return how far a source other than a folder was read, in that source's own words."""
        row = self._db.execute("SELECT position FROM place WHERE source = ?", (source,)).fetchone()
        return None if row is None else str(row[0])

    def keep_place(self, source: str, position: str) -> None:
        """Note how far a source was read, once everything before it is durably queued."""
        self._db.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (source, position))
