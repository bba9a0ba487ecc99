"""Self-tests of pages and windows through the real sensors: a real Chromium, a real display."""

from __future__ import annotations

import time

import pytest

from parts import need
from processes import wait_until
from screens import Screen
from tutelage_agent.host.browsers import own_browsers
from tutelage_agent.host.foreground import Feed
from tutelage_agent.selftest import PageProbe, WindowProbe, phrase
from tutelage_agent.sensors.browser_history import BrowserHistorySensor, HistorySettings, Home
from tutelage_agent.sensors.window_title import WindowTitleSensor
from tutelage_wire.events import Channel

CODE = "ab2xyz"


@pytest.fixture
def screen(tmp_path):
    made = Screen(tmp_path / "screen.log", manager=True)
    yield made
    made.close()


@pytest.mark.slow
def test_a_page_in_a_browser_of_the_agents_own_is_read_by_the_sensor_that_reads_peoples(tmp_path):
    need("chromium")
    homes, seen = [], []
    probe = PageProbe(homes)
    sensor = BrowserHistorySensor(
        lambda: [Home(str(home), "") for home in homes],
        tmp_path / "history.cursor",
        settings=HistorySettings(look_every=1),
    )
    sensor.start(seen.append)
    try:
        assert probe.begin(CODE, 0) == ""
        [home] = homes
        wait_until(
            lambda: any(one.channel is Channel.TITLE and phrase(CODE) in one.text for one in seen),
            90,
            "the page was not seen",
        )
        assert probe.end()
        assert homes == []
        assert not home.exists()
    finally:
        sensor.stop()


def test_without_a_browser_it_says_so():
    assert "no browser" in PageProbe([], lambda: ()).begin(CODE, 0)
    assert own_browsers("plan9") == []


@pytest.mark.slow
def test_a_window_at_an_idle_desk_is_seen_by_its_title_and_gives_the_focus_back(screen):
    heard = []
    screen.window("homework")
    feed = Feed(lambda: [screen.desktop])
    sensor = WindowTitleSensor(feed)
    sensor.start(lambda one: heard.append(one.text))
    try:
        wait_until(lambda: "homework" in heard, 30, "the first window")
        idle = lambda least, most: [screen.desktop]  # noqa: E731
        probe = WindowProbe(idle, lambda desktop: False)
        assert probe.begin(CODE, 0) == ""
        wait_until(lambda: phrase(CODE) in heard, 20, "the test's window was not seen")
        feed_titles = []
        feed.subscribe("after", lambda _, seen: feed_titles.append(seen.title), titles=True)
        wait_until(lambda: "homework" in feed_titles, 20, "the focus was not given back")
        assert probe.end()
    finally:
        feed.unsubscribe("after")
        sensor.stop()


@pytest.mark.slow
def test_a_key_closes_the_window_at_once_and_then_a_miss_does_not_count(screen):
    import subprocess

    need("xdotool")
    probe = WindowProbe(lambda least, most: [screen.desktop], lambda desktop: False)
    assert probe.begin(CODE, 0) == ""
    find = ["xdotool", "search", "--name", phrase(CODE)]

    def there():
        return subprocess.run(find, env=screen.environment, check=False).returncode == 0

    wait_until(there, 20, "no window")
    began = time.monotonic()
    subprocess.run(["xdotool", "key", "a"], env=screen.environment, check=True)
    wait_until(lambda: not there(), 4, "a key did not close it")
    assert time.monotonic() - began < 4
    assert not probe.end()


def test_nothing_is_shown_where_nobodys_desk_is_idle_or_all_are_locked(screen):
    assert "no desk" in WindowProbe(lambda least, most: [], lambda one: False).begin(CODE, 0)
    locked = WindowProbe(lambda least, most: [screen.desktop], lambda one: True)
    assert "no desk" in locked.begin(CODE, 0)


@pytest.mark.slow
def test_how_long_nobody_moved_is_known_of_each_desk(screen):
    screen.window("homework")
    feed = Feed(lambda: [screen.desktop])
    feed.subscribe("test", lambda *_: None, titles=False)
    try:
        wait_until(lambda: feed.idle_desktops(0, 600) == [screen.desktop], 30, "no desk")
        assert feed.idle_desktops(500, 600) == []
    finally:
        feed.unsubscribe("test")
