"""The system's own sign-in databases, read by fixed queries (util-linux's lastlog2, wtmpdb)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host import Row
from tutelage_agent.host.reading import Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping

QUERIES: Mapping[str, tuple[str, str]] = {
    "lastlog2": (
        "/var/lib/lastlog/lastlog2.db",
        "SELECT Name AS name, Time AS time, TTY AS tty, RemoteHost AS host FROM Lastlog2",
    ),
    "wtmpdb": (
        "/var/lib/wtmpdb/wtmp.db",
        "SELECT User AS name, Login / 1000000 AS time, TTY AS tty, RemoteHost AS host FROM wtmp "
        "WHERE Type = 3 ORDER BY Login DESC",
    ),
}
"""Name of a call -> file and query. wtmpdb: type 3 is a sign-in, times are microseconds."""

LIMIT = 5000
"""Rows; a laptop signs in a few times a day."""


def rows(name: str, root: Path = Path("/")) -> Reading[tuple[Row, ...]]:
    """Return the rows of a query of ``QUERIES``; ABSENT where the database is not there."""
    place, query = QUERIES[name]
    path = root / place.lstrip("/")
    if not path.exists():
        return nothing(Outcome.ABSENT, f"no {place}")
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1.0)) as found:
            cursor = found.execute(query)
            columns = [column[0] for column in cursor.description]
            entries = cursor.fetchmany(LIMIT)
    except sqlite3.Error as error:
        denied = "unable to open" in str(error)
        return nothing(Outcome.DENIED if denied else Outcome.ERROR, str(error)[:80])
    return value(
        tuple(
            Row({c: v for c, v in zip(columns, entry, strict=True) if isinstance(v, int | str)})
            for entry in entries
        )
    )
