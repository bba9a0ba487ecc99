"""Which profiles are found, and what of a browser is said not to be seen."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing

import pytest

from made_history import look_once, make_sensor
from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.browser_history import Home
from tutelage_agent.sensors.browser_history.profiles import find_profiles


@pytest.mark.parametrize(
    ("system", "folder", "name", "browser"),
    [
        ("linux", ".config/google-chrome-beta/Default", "History", "chrome"),
        ("linux", ".var/app/com.google.Chrome/config/google-chrome/Profile 2", "History", "chrome"),
        ("linux", ".var/app/com.opera.Opera/config/opera", "History", "opera"),
        ("linux", ".config/mozilla/firefox/x.default", "places.sqlite", "firefox"),
        ("linux", ".librewolf/x.default", "places.sqlite", "librewolf"),
        ("win32", "AppData/Roaming/Opera Software/Opera GX Stable", "History", "opera"),
        ("win32", "AppData/Local/Google/Chrome SxS/User Data/Default", "History", "chrome"),
        ("win32", "AppData/Roaming/Mozilla/Firefox/Profiles/x", "places.sqlite", "firefox"),
        ("darwin", "Library/Application Support/Arc/User Data/Default", "History", "arc"),
        ("darwin", "Library/Application Support/Firefox/Profiles/x", "places.sqlite", "firefox"),
    ],
)
def test_every_channel_and_package_of_a_browser_is_found(home, system, folder, name, browser):
    (home / folder).mkdir(parents=True)
    (home / folder / name).touch()
    (found,) = find_profiles([Home(str(home), "a")], system)
    assert (found.browser, found.database) == (browser, str(home / folder / name))


def test_a_firefox_profile_in_another_folder_is_found_but_not_outside_of_the_home(home, tmp_path):
    for folder in (home / "hidden", tmp_path / "theirs", home / ".mozilla" / "firefox"):
        folder.mkdir(parents=True)
        (folder / "places.sqlite").touch()
    (home / ".mozilla" / "firefox" / "profiles.ini").write_text(
        f"[Profile0]\nIsRelative=0\nPath={home}/hidden\n[Profile1]\nPath={tmp_path}/theirs\n"
        f"[Profile2]\nPath={home}/../theirs\n"
    )
    found = [one.database for one in find_profiles([Home(str(home), "a")], "linux")]
    assert found == [str(home / "hidden" / "places.sqlite")]


def test_a_browser_that_is_not_read_and_one_that_keeps_no_history_are_blind_spots(
    home, tmp_path, heard
):
    sensor = make_sensor(home, tmp_path, heard)
    look_once(sensor, tmp_path, heard)
    assert sensor.blind_spots() == {Blind.PRIVATE_WINDOWS}
    (home / ".local" / "share" / "epiphany").mkdir(parents=True)
    firefox = home / ".mozilla" / "firefox" / "x.default"
    firefox.mkdir(parents=True)
    with closing(sqlite3.connect(firefox / "places.sqlite")) as db:
        db.execute("CREATE TABLE moz_historyvisits(id INTEGER PRIMARY KEY, visit_date INTEGER)")
    (firefox / "prefs.js").write_text('user_pref("browser.privatebrowsing.autostart", true);')
    look_once(sensor, tmp_path, heard)
    assert {Blind.UNREAD_BROWSER, Blind.HISTORY_OFF} <= sensor.blind_spots()


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe in a file's place is POSIX'")
@pytest.mark.parametrize("name", ["prefs.js", "places.sqlite", "places.sqlite-wal"])
def test_a_pipe_in_place_of_a_browsers_file_does_not_hold_the_sensor(home, tmp_path, heard, name):
    firefox = home / ".mozilla" / "firefox" / "x.default"
    firefox.mkdir(parents=True)
    sqlite3.connect(firefox / "places.sqlite").close()
    (firefox / name).unlink(missing_ok=True)
    os.mkfifo(firefox / name)
    look_once(make_sensor(home, tmp_path, heard), tmp_path, heard)
