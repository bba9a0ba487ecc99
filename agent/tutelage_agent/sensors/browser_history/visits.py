"""Rows of a history database to visits: one reader a family. Tables: matching.md, section 8a."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.sensors.browser_history.profiles import Family

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

MOST_RECENT = 1_000
"""Visits of the last minutes whose titles are looked at again."""
MOST_TEXT = 4_096
"""Characters of a title or an address that are looked at."""

_EPOCHS = {
    Family.CHROMIUM: datetime(1601, 1, 1, tzinfo=UTC),
    Family.FIREFOX: datetime(1970, 1, 1, tzinfo=UTC),
    Family.SAFARI: datetime(2001, 1, 1, tzinfo=UTC),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One page that was opened on this device."""

    number: int
    """The database's own; rises with time."""
    url: str = field(repr=False)
    title: str = field(repr=False)
    term: str = field(repr=False)
    """What was searched for, where the browser itself says; else "". """
    at: datetime


_TABLES = {
    Family.CHROMIUM: ("visits", "visit_time"),
    Family.FIREFOX: ("moz_historyvisits", "visit_date"),
    Family.SAFARI: ("history_visits", "visit_time"),
}


def last_number(database: sqlite3.Connection, family: Family) -> int:
    """Return the number of the latest visit; 0 = none.

    Raises:
        sqlite3.DatabaseError: it is not such a database.
    """
    table, _ = _TABLES[family]
    (number,) = database.execute(f"SELECT max(id) FROM {table}").fetchone()  # noqa: S608
    return number if isinstance(number, int) else 0


def is_there(database: sqlite3.Connection, family: Family, number: int, at: datetime) -> bool:
    """Say whether a visit that was read is still in the history, as it was.

    A number alone does not tell: Firefox gives those of deleted visits again.

    Raises:
        sqlite3.DatabaseError: it is not such a database.
    """
    table, column = _TABLES[family]
    query = f"SELECT {column} FROM {table} WHERE id = ?"  # noqa: S608 - both are ours
    row = database.execute(query, (number,)).fetchone()
    return row is not None and _moment(family, row[0]) == at


def titles_since(database: sqlite3.Connection, family: Family, since: datetime) -> list[Visit]:
    """Return the latest visit of each page since a moment, with the title that it has by now.

    A title comes after the page, and changes where a page is a program (a video, a chat).

    Raises:
        sqlite3.DatabaseError: it is not such a database.
    """
    if family is Family.SAFARI:
        return []  # its titles belong to visits
    latest: dict[str, Visit] = {}
    for visit in visits_after(database, family, 0, since, MOST_RECENT):
        latest[visit.url] = visit
    return list(latest.values())


def visits_after(
    database: sqlite3.Connection, family: Family, number: int, since: datetime, limit: int
) -> list[Visit]:
    """Return at most ``limit`` visits after ``number``, oldest first, without synced ones.

    Args:
        database: a copy of the history.
        family: whose format it has.
        number: the last visit that was read.
        since: earlier visits are not looked at.
        limit: how many rows at most.

    Raises:
        sqlite3.DatabaseError: it is not such a database.
    """
    rows = _QUERIES[family](database, number, _moment_to(family, since), limit)
    return [
        Visit(
            number=int(row[0]),
            url=_text(row[1]),
            title=_text(row[2]),
            term=_text(row[3]),
            at=_moment(family, row[4]),
        )
        for row in rows
        if isinstance(row[0], int)
    ]


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    return {str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")}


def _chromium(
    database: sqlite3.Connection, number: int, since: float, limit: int
) -> list[tuple[object, ...]]:
    # A visit from another device of the same browser account, such as the pupil's own phone at
    # home, names that device here. It is none of the school's business.
    foreign = "originator_cache_guid" in _columns(database, "visits")
    here = "AND coalesce(v.originator_cache_guid, '') = ''" if foreign else ""
    terms = bool(_columns(database, "keyword_search_terms"))
    term = (
        "(SELECT k.term FROM keyword_search_terms k WHERE k.url_id = u.id LIMIT 1)"
        if terms
        else "''"
    )
    # Transitions 3 and 4 are frames inside a page: nobody opened those.
    return database.execute(
        f"SELECT v.id, u.url, u.title, {term}, v.visit_time FROM visits v "  # noqa: S608
        f"JOIN urls u ON u.id = v.url WHERE v.id > ? AND v.visit_time >= ? {here} "
        "AND (v.transition & 255) NOT IN (3, 4) ORDER BY v.id LIMIT ?",
        (number, since, limit),
    ).fetchall()


def _firefox(
    database: sqlite3.Connection, number: int, since: float, limit: int
) -> list[tuple[object, ...]]:
    # Visit types 4 and 8 are embedded content and frames.
    return database.execute(
        "SELECT v.id, p.url, p.title, '', v.visit_date FROM moz_historyvisits v "
        "JOIN moz_places p ON p.id = v.place_id WHERE v.id > ? AND v.visit_date >= ? "
        "AND v.visit_type NOT IN (4, 8) ORDER BY v.id LIMIT ?",
        (number, since, limit),
    ).fetchall()


def _safari(
    database: sqlite3.Connection, number: int, since: float, limit: int
) -> list[tuple[object, ...]]:
    # origin 0: this device; others came over iCloud.
    origin = "AND v.origin = 0" if "origin" in _columns(database, "history_visits") else ""
    return database.execute(
        "SELECT v.id, i.url, v.title, '', v.visit_time FROM history_visits v "  # noqa: S608
        "JOIN history_items i ON i.id = v.history_item WHERE v.id > ? AND v.visit_time >= ? "
        f"{origin} ORDER BY v.id LIMIT ?",
        (number, since, limit),
    ).fetchall()


_QUERIES: dict[
    Family, Callable[[sqlite3.Connection, int, float, int], list[tuple[object, ...]]]
] = {
    Family.CHROMIUM: _chromium,
    Family.FIREFOX: _firefox,
    Family.SAFARI: _safari,
}


def _moment(family: Family, raw: object) -> datetime:
    scale = 1.0 if family is Family.SAFARI else 1e-6
    seconds = raw * scale if isinstance(raw, int | float) else 0.0
    try:
        return _EPOCHS[family] + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return _EPOCHS[family]


def _moment_to(family: Family, at: datetime) -> float:
    seconds = (at - _EPOCHS[family]).total_seconds()
    return seconds if family is Family.SAFARI else seconds * 1e6


def _text(raw: object) -> str:
    return raw[:MOST_TEXT] if isinstance(raw, str) else ""
