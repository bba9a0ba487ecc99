"""A Chromium history in a home folder, as the browser leaves it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

from tutelage_agent.sensors.browser_history import BrowserHistorySensor, HistorySettings, Home
from tutelage_agent.sensors.browser_history.profiles import find_profiles
from tutelage_agent.sensors.cursor import Cursor
from tutelage_wire.times import utc_now

CHROMIUM = """
CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url LONGVARCHAR, title LONGVARCHAR);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER, visit_time INTEGER,
    transition INTEGER DEFAULT 0, originator_cache_guid TEXT DEFAULT '');
CREATE TABLE keyword_search_terms(keyword_id INTEGER, url_id INTEGER, term LONGVARCHAR);
"""


def chromium_time(at: datetime) -> int:
    return int((at - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)


class History:
    """A Chromium history in a home folder, as the browser leaves it."""

    def __init__(self, home, profile="Default"):
        self.folder = home / ".config" / "chromium" / profile
        self.folder.mkdir(parents=True)
        self.path = self.folder / "History"
        with closing(sqlite3.connect(self.path)) as db:
            db.executescript(CHROMIUM)

    def visit(self, url, title="", *, at=None, phone="", transition=0, term=""):
        with closing(sqlite3.connect(self.path)) as db, db:
            page = db.execute("INSERT INTO urls(url, title) VALUES (?, ?)", (url, title)).lastrowid
            db.execute(
                "INSERT INTO visits(url, visit_time, transition, originator_cache_guid) "
                "VALUES (?, ?, ?, ?)",
                (page, chromium_time(at or utc_now()), transition, phone),
            )
            if term:
                db.execute("INSERT INTO keyword_search_terms VALUES (1, ?, ?)", (page, term))


def make_sensor(home, tmp_path, heard, **settings):
    return BrowserHistorySensor(
        lambda: [Home(str(home), "pupil1")],
        tmp_path / "history.cursor",
        tell=heard.tell,
        settings=HistorySettings(look_every=0.1, **settings),
        find=lambda homes: tuple(find_profiles(homes, "linux")),
    )


def look_once(sensor, tmp_path, heard):
    with closing(Cursor(tmp_path / "history.cursor")) as cursor:
        sensor.look(cursor, heard.emit)
