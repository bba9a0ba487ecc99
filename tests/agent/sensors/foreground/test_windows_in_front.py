"""Real windows on a real X server: which is in front, and what becomes of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest

from screens import Screen
from tutelage_agent.host.foreground import Desktop, Feed, Foreground, Kind, desktops
from tutelage_agent.host.foreground.lines import MOST_TITLE, dumps, is_private, loads
from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.usage import Visited
from tutelage_agent.sensors.window_title import AGAIN_AFTER, PER_MINUTE, WindowTitleSensor
from tutelage_wire.events import Channel, SensorState
from tutelage_wire.times import utc_now

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="X11")


@pytest.fixture
def sensor(screen, heard):
    made = WindowTitleSensor(Feed(lambda: [screen.desktop]))
    made.start(heard.emit)
    yield made
    made.stop()


def titles(heard):
    return heard.texts(Channel.WINDOW)


def test_the_title_of_the_window_in_front_is_brought_with_its_account(sensor, screen, heard):
    screen.window("essay about volcanoes")
    heard.until(lambda: titles(heard) == ["essay about volcanoes"])
    (seen,) = heard.observations
    assert seen.account == "a.pupil"
    assert seen.source == "xterm"


def test_a_title_that_changes_and_a_window_that_comes_to_the_front_are_brought(
    sensor, screen, heard
):
    screen.window("first", "sleep 2; printf '\\033]2;second\\007'; sleep 60")
    heard.until(lambda: titles(heard) == ["first", "second"])
    over = screen.window("third")
    heard.until(lambda: titles(heard)[-1] == "third")
    over.terminate()
    over.wait()
    time.sleep(1)
    assert titles(heard) == ["first", "second", "third"], "what was brought is not brought again"


def test_a_title_that_pours_is_bounded(sensor, screen, heard):
    screen.window(
        "start",
        "i=0; while [ $i -lt 150 ]; do printf '\\033]2;number %s\\007' $i; i=$((i+1)); "
        "sleep 0.05; done; sleep 60",
    )
    time.sleep(9)
    assert 2 < len(titles(heard)) <= PER_MINUTE


def test_a_hostile_title_neither_ends_the_sensor_nor_is_brought_whole(sensor, screen, heard):
    screen.window("x" * 6000)
    heard.until(lambda: titles(heard))
    assert len(titles(heard)[0]) <= MOST_TITLE
    screen.window("\x01\x02 ü \U0001f600 end")
    heard.until(lambda: any("end" in title for title in titles(heard)))


def test_without_a_window_manager_the_focus_is_looked_at(tmp_path, heard):
    bare = Screen(tmp_path / "bare.log", manager=False)
    sensor = WindowTitleSensor(Feed(lambda: [bare.desktop]))
    sensor.start(heard.emit)
    try:
        bare.window("alone")
        # Only what is mapped can take the focus: X answers BadMatch where it is asked too early.
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "alone"]
        xdotool = [*search, "windowfocus"]
        subprocess.run(xdotool, env=bare.environment, check=True, timeout=20)
        heard.until(lambda: titles(heard) == ["alone"])
    finally:
        sensor.stop()
        bare.close()


def test_stopping_ends_every_child_and_nothing_is_told_afterwards(screen, heard):
    feed = Feed(lambda: [screen.desktop])
    sensor = WindowTitleSensor(feed)
    sensor.start(heard.emit)
    screen.window("one")
    heard.until(lambda: titles(heard) == ["one"])
    before = _children()
    assert len(before) == 1
    sensor.stop()
    assert not _children()
    screen.window("two")
    time.sleep(1)
    assert titles(heard) == ["one"]


def test_titles_stay_in_the_child_where_only_programs_are_asked_for(screen):
    told: list[Foreground] = []
    feed = Feed(lambda: [screen.desktop])
    feed.subscribe("usage", lambda desktop, seen: told.append(seen), titles=False)
    try:
        screen.window("telling title - Private Browsing")
        deadline = time.monotonic() + 10
        while not any(one.program == "xterm" for one in told):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        feed.unsubscribe("usage")
    assert {one.title for one in told} == {""}
    assert any(one.private for one in told)


def test_the_title_of_a_window_that_says_it_is_private_stays_in_the_child(sensor, screen, heard):
    screen.window("a secret - Mozilla Firefox (Private Browsing)")
    time.sleep(2)
    screen.window("an essay")
    heard.until(lambda: "an essay" in titles(heard))
    assert not any("secret" in one for one in titles(heard))


def test_a_display_that_refuses_or_goes_is_a_blind_spot_and_comes_back(tmp_path, heard):
    gone = Desktop(Kind.X11, "a.pupil", os.geteuid(), ":9876")
    sensor = WindowTitleSensor(Feed(lambda: [gone]))
    sensor.start(heard.emit)
    try:
        heard.until(lambda: sensor.report(utc_now()).state is SensorState.BLIND, 20)
        assert Blind.NO_DESKTOP_ACCESS in sensor.blind_spots()
    finally:
        sensor.stop()


def test_wayland_is_stated_as_blind(heard):
    sensor = WindowTitleSensor(Feed(lambda: [Desktop(Kind.WAYLAND, "a.pupil", 1000)]))
    sensor.start(heard.emit)
    try:
        heard.until(lambda: sensor.report(utc_now()).state is SensorState.BLIND, 20)
        assert sensor.blind_spots() == {Blind.WAYLAND, Blind.PRIVATE_WINDOWS}
    finally:
        sensor.stop()


def test_desktops_are_found_by_what_programs_were_started_with(screen):
    screen.window("any")
    time.sleep(0.5)
    assert any(one.display == screen.display and one.kind is Kind.X11 for one in desktops())


def test_the_child_is_the_person_whose_desktop_it_is(screen, heard):
    nobody = 65534
    feed = Feed(lambda: [Desktop(Kind.X11, "nobody", nobody, screen.display)])
    sensor = WindowTitleSensor(feed)
    sensor.start(heard.emit)
    try:
        screen.window("seen by nobody")
        heard.until(lambda: titles(heard) == ["seen by nobody"])
        (child,) = _children()
        assert set(child.uids()) == {nobody}
        assert child.memory_info().rss < 40 << 20
    finally:
        sensor.stop()


@pytest.mark.parametrize(
    ("title", "private"),
    [
        ("Mozilla Firefox Private Browsing", True),
        ("Example — Private Browsing", True),
        ("New tab - [InPrivate] - Microsoft Edge", True),
        ("Example - Google Chrome (Incognito)", True),
        ("How incognito mode works - Wikipedia - Mozilla Firefox", False),
        ("Private Peaceful - essay", False),
        ("New tab - [InPrivate] - Microsoft\u200b Edge", True),
        ("Ejemplo — Mozilla Firefox (Navegación privada)", True),
        ("New Incognito Tab - Chromium", True),
        ("a diary [InPrivate] - Microsoft Edge - Word", False),
        ("a diary — Private Browsing - Google Chrome", False),
    ],
)
def test_private_windows_are_known_where_browsers_say_so(title, private):
    assert is_private(title) is private


def test_a_line_that_is_none_of_ours_is_not_read():
    for line in (b"", b"{}", b"[1,2,3,4]", b'["a","b","c",true]', b"[" * 9000, b"\xff\n"):
        assert loads(line) is None
    seen = Foreground("xterm", "title \ud800", 3, private=False)
    assert "\ud800" not in loads(dumps(seen)).title


def test_the_category_that_is_read_ends_with_the_next_page_or_after_ten_minutes():
    from datetime import timedelta

    now = utc_now()
    visited = Visited()
    visited.note("a", "games", now)
    assert visited.category("a", now + timedelta(minutes=2)) == "games"
    assert visited.category("a", now + timedelta(minutes=11)) == ""
    visited.note("a", "", now + timedelta(minutes=1))
    assert visited.category("a", now + timedelta(minutes=2)) == ""
    assert visited.category("b", now) == ""
    assert AGAIN_AFTER >= 60


def _children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "tutelage_agent.host.foreground.child" in " ".join(child.cmdline())
    ]
