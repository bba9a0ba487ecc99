"""The log of all stored batches in SQLite: it grows with each commit and is never made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import StoreError
from tutelage_collector.store.database import Database
from tutelage_wire.errors import DecodeError
from tutelage_wire.merkle_log import Frontier, LogRoot, decode_frontier

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_PAGE = 5_000
_MOST_REMEMBERED = 20_000
_HEADS = "SELECT number, head FROM batch WHERE trust = ? AND number > ? ORDER BY number LIMIT ?"


class SqliteLog(Database):
    """The part of the store that holds the log."""

    _written_root: LogRoot | None = None
    """Of this process's last commit: nobody else stores batches meanwhile (``InstanceLock``)."""

    def log_root(self) -> LogRoot:
        """Return its size and root as of the last commit."""
        if self._written_root is not None:
            return self._written_root
        row = self._row("SELECT edge FROM log_edge WHERE trust = ?", self._trust)
        return (_decoded(row[0]) if row else self._made_anew()).root()

    def log_heads(self) -> Iterator[bytes]:
        """Yield the heads of all stored batches, in order."""
        after = 0
        while rows := self._rows(_HEADS, self._trust, after, _PAGE):
            yield from (head for _, head in rows)
            after = rows[-1][0]

    def _made_anew(self) -> Frontier:
        edge = Frontier()
        for head in self.log_heads():
            edge.append(head)
        return edge

    def _log_faults(self) -> list[str]:
        """Return whether the edge is that of the stored batches, in words."""
        row = self._row("SELECT edge FROM log_edge WHERE trust = ?", self._trust)
        if row is None or _decoded(row[0]).root() == self._made_anew().root():
            return []
        return ["log: its root is not that of the stored batches: some were changed or removed"]

    def _log_edge(self, cursor: sqlite3.Cursor) -> Frontier:
        """Return the edge within a transaction, before anything is added in it."""
        row = cursor.execute("SELECT edge FROM log_edge WHERE trust = ?", (self._trust,)).fetchone()
        return _decoded(row[0]) if row else self._made_anew()

    def _put_log_edge(self, cursor: sqlite3.Cursor, edge: Frontier) -> None:
        cursor.execute(
            "INSERT INTO log_edge (trust, edge) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET edge = excluded.edge",
            (self._trust, edge.encode()),
        )


class Shown:
    """Roots that this process put into checkpoints: what a device tells is compared at once.

    Older ones are compared by who reads the whole log (``log_witness``).
    """

    def __init__(self) -> None:
        """Remember none yet."""
        self._roots: dict[int, bytes] = {}

    def add(self, root: LogRoot) -> None:
        """Remember one that is on the disk now."""
        self._roots[root.size] = root.root
        if len(self._roots) > _MOST_REMEMBERED:
            del self._roots[next(iter(self._roots))]

    def fault(self, seen: LogRoot, stored: int) -> str:
        """Return what is wrong with what a device saw, "" = nothing that shows here."""
        if seen.size > stored:
            return (
                f"it saw a log of {seen.size} batches, {stored} are stored: the "
                "collector's records were cut short or put back to an older copy"
            )
        if self._roots.get(seen.size, seen.root) != seen.root:
            return (
                f"it saw another log of {seen.size} batches than the stored one: the collector's "
                "records were changed, or shown in two forms"
            )
        return ""


def _decoded(data: bytes) -> Frontier:
    try:
        return decode_frontier(data)
    except DecodeError as error:
        raise StoreError(
            f"{error}: restore the collector's database from its last backup, and run: "
            "tutelage-collector store check"
        ) from error
