"""Self-tests of pages and windows through the real sensors: a real Chromium, a real display."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

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


_AS_SERVICE = """
import sys
from tutelage_agent.host.browsers import opened, own_browsers
from tutelage_agent.selftest import page
with page.served("ab2xyz") as served, opened(own_browsers()[0], served.address) as home:
    assert served.asked.wait(60), "the page did not load"
    print(home, home.stat().st_uid)
print(home.exists())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="as root on Linux")
def test_with_the_rights_that_the_service_leaves_the_browser_starts_and_leaves_nothing():
    need("chromium")
    unit = Path(__file__).parents[2] / "packaging/linux/tutelage-agent.service"
    [rights] = [
        line.partition("=")[2].split()
        for line in unit.read_text(encoding="utf-8").splitlines()
        if line.startswith("CapabilityBoundingSet=")
    ]
    kept = ",".join(["-all", *(f"+{one.removeprefix('CAP_').lower()}" for one in rights)])
    done = subprocess.run(
        ["setpriv", f"--bounding-set={kept}", "--no-new-privs", sys.executable, "-c", _AS_SERVICE],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    home, uid, exists = done.stdout.split()
    assert home.startswith("/tmp/tutelage-selftest-"), done.stderr
    assert (uid, exists) == ("65534", "False")


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
