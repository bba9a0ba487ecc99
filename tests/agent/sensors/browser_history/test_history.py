from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import parts
from made_history import History, look_once, make_sensor
from tutelage_agent.sensors.browser_history import HistorySettings, Home
from tutelage_agent.sensors.browser_history.copies import NotReadableNowError, copy_of, sweep
from tutelage_agent.sensors.browser_history.profiles import Family, find_profiles
from tutelage_agent.sensors.browser_history.visits import visits_after
from tutelage_agent.sensors.observation import SignalKind
from tutelage_wire.events import Channel, SensorState
from tutelage_wire.times import utc_now

QUICK = HistorySettings(look_every=0.1)
ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def test_search_terms_titles_and_words_of_addresses_are_heard(home, tmp_path, heard):
    history = History(home)
    history.visit(
        "https://www.google.co.uk/search?q=how+to+tell+someone&hl=en", "… - Google Search"
    )
    history.visit("https://news.example/world/a-storm-is-coming.html?id=7", "A storm is coming")
    history.visit("https://shop.example/find?x=1", "Shop", term="prom dress")
    history.visit("chrome://settings", "Settings")
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.SEARCH) == ["how to tell someone", "prom dress"]
    assert heard.texts(Channel.TITLE) == ["A storm is coming"]
    assert heard.texts(Channel.URL) == ["world a storm is coming"]
    assert {one.account for one in heard.observations} == {"pupil1"}


def test_visits_of_a_pupils_own_phone_are_not_read(home, tmp_path, heard):
    history = History(home)
    history.visit("https://private.example/at-home", "At home", phone="another-device")
    history.visit("https://school.example/lesson", "Lesson")
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.TITLE) == ["Lesson"]


def test_frames_inside_a_page_are_not_visits(home, tmp_path, heard):
    history = History(home)
    history.visit("https://ads.example/banner", "Banner", transition=3)
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.observations == []


def test_each_visit_is_heard_once_over_a_restart(home, tmp_path, heard):
    history = History(home)
    history.visit("https://a.example/", "First")
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    history.visit("https://b.example/", "Second")
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.TITLE) == ["First", "Second"]


def test_a_visit_whose_finding_was_not_kept_is_brought_again(home, tmp_path, heard):
    History(home).visit("https://a.example/", "First")
    heard.broken = OSError("disk full")
    with pytest.raises(OSError, match="disk full"):
        look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    heard.broken = None
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.TITLE) == ["First"]


def test_of_a_profile_met_for_the_first_time_only_the_last_day_is_read(home, tmp_path, heard):
    history = History(home)
    history.visit("https://old.example/", "Last month", at=utc_now() - timedelta(days=30))
    history.visit("https://new.example/", "Today")
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.TITLE) == ["Today"]


def test_a_history_that_begins_anew_is_told_and_read(home, tmp_path, heard):
    history = History(home)
    for number in range(3):
        history.visit(f"https://a.example/{number}", f"Before {number}")
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    shutil.rmtree(history.folder)
    History(home).visit("https://b.example/", "After")
    look_once(sensor, tmp_path, heard)
    assert [signal.kind for signal in heard.signals] == [SignalKind.HISTORY_CLEARED]
    assert heard.texts(Channel.TITLE)[-1] == "After"


def test_every_profile_of_every_browser_is_found(home):
    History(home, "Default")
    History(home, "Profile 2")
    firefox = home / ".mozilla" / "firefox" / "abc.default"
    firefox.mkdir(parents=True)
    (firefox / "places.sqlite").touch()
    found = list(find_profiles([Home(str(home), "p")], "linux"))
    assert [one.family for one in found] == [Family.CHROMIUM, Family.CHROMIUM, Family.FIREFOX]


def firefox_history(home):
    folder = home / ".mozilla" / "firefox" / "abc.default"
    folder.mkdir(parents=True)
    db = sqlite3.connect(folder / "places.sqlite", isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
        "CREATE TABLE moz_places(id INTEGER PRIMARY KEY, url TEXT, title TEXT);"
        "CREATE TABLE moz_historyvisits(id INTEGER PRIMARY KEY, place_id INTEGER, "
        "visit_date INTEGER, visit_type INTEGER);"
        "INSERT INTO moz_places VALUES (1, 'https://duckduckgo.com/?q=help+me', 'help me at DDG');"
    )
    db.execute(
        "INSERT INTO moz_historyvisits VALUES (1, 1, ?, 1)", (int(utc_now().timestamp() * 1e6),)
    )
    return folder, db


def test_a_visit_that_is_only_in_firefoxs_journal_is_read(home, tmp_path, heard):
    folder, db = firefox_history(home)
    with closing(db):
        without_journal = f"file:{folder}/places.sqlite?immutable=1"
        bare = sqlite3.connect(without_journal, uri=True)
        with closing(bare), pytest.raises(sqlite3.DatabaseError):
            bare.execute("SELECT * FROM moz_historyvisits")
        look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
    assert heard.texts(Channel.SEARCH) == ["help me"]


def test_a_firefox_that_syncs_is_not_read_and_said_to_be_blind(home, tmp_path, heard):
    folder, db = firefox_history(home)
    (folder / "prefs.js").write_text('user_pref("services.sync.username", "a@b.example");')
    sensor = make_sensor(home, tmp_path, heard)
    with closing(db):
        look_once(sensor, tmp_path, heard)
    assert heard.observations == []
    report = sensor.report(utc_now())
    assert (report.state, "Firefox Sync" in report.reason) == (SensorState.BLIND, True)


def test_a_damaged_history_is_a_stated_blindness_and_names_no_path(home, tmp_path, heard):
    history = History(home)
    history.path.write_bytes(b"SQLite format 3\0" + bytes(5_000))
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    report = sensor.report(utc_now())
    assert report.state is SensorState.BLIND
    assert str(home) not in report.reason


def test_a_history_that_is_a_link_elsewhere_is_not_followed(tmp_path):
    secret = tmp_path / "secret.db"
    with closing(sqlite3.connect(secret)) as db:
        db.execute("CREATE TABLE visits(id)")
    link = tmp_path / "History"
    link.symlink_to(secret)
    with pytest.raises(NotReadableNowError), copy_of(str(link), tmp_path):
        pass


def test_a_hostile_history_cannot_keep_the_agent_busy(tmp_path, monkeypatch):
    path = tmp_path / "History"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            "CREATE TABLE urls(id, url, title);"
            "CREATE VIEW visits AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 "
            "FROM n) SELECT id, 1 AS url, id AS visit_time, 0 AS transition FROM n;"
        )
    monkeypatch.setattr("tutelage_agent.sensors.browser_history.copies.MOST_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(NotReadableNowError), copy_of(str(path), tmp_path) as db:
        visits_after(db, Family.CHROMIUM, 0, ZERO, 10)
    assert time.monotonic() - began < 5
    assert list(tmp_path.glob("history-*")) == []


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"<html><head><title>A local page about rivers</title></head>x</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.mark.slow
def test_a_running_chromium_is_read_while_it_runs(tmp_path, heard):
    from playwright.sync_api import sync_playwright

    chromium = parts.need("chromium")
    home = tmp_path / "home"
    data = home / ".config" / "chromium"
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    sensor = make_sensor(home, tmp_path, heard)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch_persistent_context(
                str(data),
                executable_path=str(chromium),
                args=["--no-sandbox", f"--host-resolver-rules=MAP www.kiddle.co 127.0.0.1:{port}"],
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/deep-river/notes.html")
            page.goto("http://www.kiddle.co/s.php?q=why+am+i+so+sad")
            page.wait_for_timeout(200)
            sensor.start(heard.emit)
            heard.until(lambda: bool(heard.texts(Channel.SEARCH)), 40)
            browser.close()
    finally:
        sensor.stop()
        server.shutdown()
        server.server_close()
    assert heard.texts(Channel.SEARCH) == ["why am i so sad"]
    assert "A local page about rivers" in heard.texts(Channel.TITLE)
    assert "deep river notes" in heard.texts(Channel.URL)


def test_the_copy_that_a_killed_agent_left_is_removed(tmp_path):
    left = tmp_path / "history-abc123"
    left.mkdir()
    (left / "history.db").write_bytes(b"somebody's whole history")
    (left / "history.db-wal").write_bytes(b"and what is new in it")
    (tmp_path / "history.cursor").write_bytes(b"ours")
    sweep(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["history.cursor"]
