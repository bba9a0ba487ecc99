"""A history that is cleared, put back, or whose titles come late."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

from made_history import History, look_once, make_sensor
from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.observation import SignalKind
from tutelage_wire.events import Channel
from tutelage_wire.times import utc_now


def chromium_rows(history, statement, *values):
    with closing(sqlite3.connect(history.path)) as db, db:
        db.execute(statement, values)


def titles_of(heard):
    return heard.texts(Channel.TITLE)


def test_an_older_history_put_back_brings_only_what_is_new(home, tmp_path, heard):
    history = History(home)
    history.visit("https://a.example/1", "One", at=utc_now() - timedelta(days=300))
    history.visit("https://a.example/2", "Two", at=utc_now() - timedelta(hours=2))
    kept = history.path.read_bytes()
    history.visit("https://a.example/3", "Three")
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    assert titles_of(heard) == ["Two", "Three"]
    history.path.write_bytes(kept)
    history.visit("https://a.example/4", "Four")
    look_once(sensor, tmp_path, heard)
    assert titles_of(heard) == ["Two", "Three", "Four"]
    assert [one.kind for one in heard.signals] == [SignalKind.HISTORY_CLEARED]
    assert Blind.HISTORY_CLEARED in sensor.blind_spots()


def test_numbers_that_are_given_again_after_a_clearing_hide_no_visit(home, tmp_path, heard):
    history = History(home)
    for number in range(3):
        history.visit(f"https://a.example/{number}", f"Before {number}")
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    # Firefox counts from 1 again: at the next look the last number is higher than before.
    chromium_rows(history, "DELETE FROM visits")
    chromium_rows(history, "DELETE FROM sqlite_sequence")
    for number in range(5):
        history.visit(f"https://a.example/after{number}", f"After {number}")
    look_once(sensor, tmp_path, heard)
    assert titles_of(heard)[3:] == [f"After {number}" for number in range(5)]
    look_once(sensor, tmp_path, heard)
    assert len(titles_of(heard)) == 8


def test_visits_of_a_phone_that_are_taken_back_are_no_clearing(home, tmp_path, heard):
    history = History(home)
    history.visit("https://a.example/1", "One")
    history.visit("https://a.example/phone", "Phone", phone="x")
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    chromium_rows(history, "DELETE FROM visits WHERE originator_cache_guid = 'x'")
    history.visit("https://a.example/2", "Two")
    look_once(sensor, tmp_path, heard)
    assert (titles_of(heard), heard.signals) == (["One", "Two"], [])


def test_after_a_clearing_a_clock_that_was_put_back_hides_nothing(home, tmp_path, heard):
    history = History(home)
    history.visit("https://a.example/1", "Tomorrow", at=utc_now() + timedelta(hours=20))
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    chromium_rows(history, "DELETE FROM visits")
    history.visit("https://a.example/2", "Today")
    look_once(sensor, tmp_path, heard)
    assert titles_of(heard) == ["Tomorrow", "Today"]


def test_a_title_that_comes_or_changes_after_its_visit_was_read_is_heard(home, tmp_path, heard):
    history = History(home)
    history.visit("https://video.example/watch?v=1", "")
    history.visit("https://www.google.com/search?q=x", "")
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    for title in ("A film about boats", "A film about boats", "A film about ships"):
        chromium_rows(history, "UPDATE urls SET title = ?", title)
        look_once(sensor, tmp_path, heard)
    assert titles_of(heard) == ["A film about boats", "A film about ships"]


def test_a_history_of_old_visits_alone_that_is_cleared_hides_no_new_one(home, tmp_path, heard):
    history = History(home)
    for number in range(5):
        long_ago = utc_now() - timedelta(days=40 + number)
        history.visit(f"https://a.example/{number}", f"Old {number}", at=long_ago)
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    chromium_rows(history, "DELETE FROM visits")
    chromium_rows(history, "DELETE FROM sqlite_sequence")
    history.visit("https://a.example/new", "New")
    look_once(sensor, tmp_path, heard)
    assert titles_of(heard) == ["New"]
