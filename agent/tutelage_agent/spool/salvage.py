"""After damage: put the file aside, and carry over every event that can still be read.

A damaged SQLite file that is read row by row, by key, gives back 95 to 99.9 % of its records; a
scan stops at the first bad page (reference: architecture.md, section 3.6). What a record's
authentication tag does not vouch for is left behind and counted.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tutelage_agent.spool.lane import NONCE_BYTES, Priority

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_wire.batch import TravelLane

SMALLEST_ROW = 64
"""Bytes that a row needs at the least: bounds how many rows a file of a known size can hold."""


@dataclass(frozen=True, slots=True)
class Salvage:
    """What came back from a damaged file."""

    quarantine: Path
    events: tuple[tuple[Priority, bytes], ...]
    lost: int
    """Rows that were there and cannot be read; a lower bound where the file hides its size."""


def quarantine(path: Path, stamp: str) -> Path:
    """Rename a damaged file and its write-ahead log, so that a fresh one can be made."""
    aside = path.with_name(f"{path.name}.quarantine-{stamp}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.replace(aside.with_name(aside.name + ending))
    return aside


def salvage(aside: Path, lane: TravelLane, key: bytes, first_row: int) -> Salvage:
    """Read what can be read from a quarantined file.

    Args:
        aside: the file, already renamed.
        lane: what travelled in it; part of each record's authentication.
        key: the spool's key.
        first_row: lowest row that was still there, from the sidecar; bounds the search.
    """
    cipher, aad = AESGCM(key), f"tutelage/spool/v1/{lane.name}".encode()
    found: list[tuple[Priority, bytes]] = []
    lost = 0
    try:
        db = sqlite3.connect(aside, isolation_level=None)
    except sqlite3.Error:
        return Salvage(aside, (), 0)
    try:
        low, high, known = _range(db, aside, first_row)
        for row in range(low, high + 1):
            try:
                line = db.execute(
                    "SELECT priority, evicted, record FROM event WHERE row = ?", (row,)
                ).fetchone()
                if line is None:  # rows are consecutive: one that is missing was lost
                    lost += 1 if known else 0
                    continue
                priority, evicted, record = line
                if not evicted:
                    plain = cipher.decrypt(record[:NONCE_BYTES], record[NONCE_BYTES:], aad)
                    found.append((Priority(priority), plain))
            except (sqlite3.Error, InvalidTag, ValueError, TypeError):
                lost += 1 if known else 0
    finally:
        db.close()
    return Salvage(aside, tuple(found), lost)


def _range(db: sqlite3.Connection, aside: Path, first_row: int) -> tuple[int, int, bool]:
    """Return (lowest row, highest row, whether the file itself said so)."""
    for query in (
        "SELECT min(row), max(row) FROM event",
        "SELECT 1, seq FROM sqlite_sequence WHERE name = 'event'",
    ):
        try:
            low, high = db.execute(query).fetchone() or (None, None)
            if low is not None and high is not None:
                return max(int(low), first_row), int(high), True
        except (sqlite3.Error, ValueError, TypeError):
            continue
    size = sum(
        part.stat().st_size
        for part in (aside, aside.with_name(aside.name + "-wal"))
        if part.exists()
    )
    return first_row, first_row + size // SMALLEST_ROW, False
