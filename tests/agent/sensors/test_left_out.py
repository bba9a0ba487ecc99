"""An account that the policy leaves out is not opened: the kernel says what was."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from made_history import History
from opens import Opens
from plain_extractor import PlainExtractor
from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.host.foreground import desktops
from tutelage_agent.sensors.browser_history import BrowserHistorySensor, Home
from tutelage_agent.sensors.browser_history.profiles import find_profiles
from tutelage_agent.sensors.cursor import Cursor
from tutelage_agent.sensors.downloads import DownloadsSensor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_agent.sensors.lists import ListsFolder
from tutelage_agent.sensors.opening import OutOfScopeError, open_document
from tutelage_agent.sensors.usage.running import Processes
from tutelage_wire.events import Channel
from tutelage_wire.policy import ProfileRule

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what was opened"),
    pytest.mark.skipif(sys.platform == "linux" and os.geteuid() != 0, reason="gives files away"),
]

NOBODY = 65534


def all_but_nobody(account):
    return account != "nobody"


@pytest.fixture
def shared(tmp_path):
    """A folder that two accounts share; what is theirs lies in a folder and beside ours."""
    top = tmp_path / "shared"
    theirs = top / "theirs"
    theirs.mkdir(parents=True)
    (theirs / "diary.txt").write_text("nobody's diary")
    (top / "note.txt").write_text("nobody's note")
    (top / "essay.txt").write_text("an essay")
    for path in (theirs, theirs / "diary.txt", top / "note.txt"):
        os.chown(path, NOBODY, NOBODY)
    return top


@pytest.mark.parametrize(
    ("entry", "account", "left_out"),
    [
        ("backup", "backup", True),
        ("backup", "SCHOOL\\Backup", True),
        ("backup", "backup@school.example", True),
        ("backup", "backup2", False),
        ("school\\backup", "OTHER\\backup", False),
        ("school\\backup", "backup", True),
        ("backup@school.example", "AzureAD\\backup", True),
        ("backup", "", False),
    ],
)
def test_who_is_left_out(entry, account, left_out):
    assert ProfileRule(accounts_left_out=frozenset({entry})).leaves_out(account) is left_out


def test_nothing_of_theirs_is_opened_in_a_shared_folder_also_while_it_changes(
    shared, tmp_path, heard
):
    opens = Opens(shared / "theirs")
    sensor = FilesSensor(
        lambda: [Root(str(shared))], tmp_path / "cursor", PlainExtractor(),
        settings=FolderSettings(scan_every=0.2, scan_every_when_limited=0.2),
        in_scope=all_but_nobody,
    )  # fmt: skip
    sensor.start(heard.emit)
    try:
        heard.until(lambda: "an essay" in heard.texts())
        (tmp_path / "more.txt").write_text("more of nobody's")
        os.chown(tmp_path / "more.txt", NOBODY, NOBODY)
        (tmp_path / "more.txt").rename(shared / "theirs" / "more.txt")
        (shared / "second.txt").write_text("another essay")
        heard.until(lambda: "another essay" in heard.texts())
        time.sleep(0.5)
    finally:
        sensor.stop()
    assert opens.seen() == set()
    opens.close()
    assert sorted(heard.texts()) == ["an essay", "another essay"]
    assert not {"note.txt", "theirs", "diary.txt"} & set(heard.texts(Channel.FILE_NAME))


def test_a_file_of_theirs_is_not_opened_by_whichever_sensor_meets_it(shared):
    opens = Opens(shared)
    with pytest.raises(OutOfScopeError):
        open_document(str(shared / "note.txt"), all_but_nobody)
    assert opens.seen() == set()
    opens.close()


def test_a_link_in_ones_home_does_not_lead_into_their_history(tmp_path, heard):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    history = History(theirs)
    history.visit("https://a.example/theirs", "Theirs")
    for path in (theirs, *theirs.rglob("*"), *theirs.rglob(".*")):
        os.chown(path, NOBODY, NOBODY)
    (ours / ".config").symlink_to(theirs / ".config")
    sensor = BrowserHistorySensor(
        lambda: [Home(str(ours), "pupil1")], tmp_path / "history.cursor",
        find=lambda homes: tuple(find_profiles(homes, "linux")), in_scope=all_but_nobody,
    )  # fmt: skip
    opens = Opens(history.folder)
    with closing(Cursor(tmp_path / "history.cursor")) as cursor:
        sensor.look(cursor, heard.emit)
    assert heard.observations == []
    assert str(history.path) not in opens.seen()
    opens.close()


def test_downloads_of_theirs_are_not_looked_at(shared, tmp_path, heard):
    with BoundedExtractor() as extractor:
        sensor = DownloadsSensor(
            lambda: [Root(str(shared))], tmp_path / "cursor", extractor, ListsFolder().current,
            heard.tell, settings=FolderSettings(scan_every=0.2), in_scope=all_but_nobody,
        )  # fmt: skip
        sensor.start(heard.emit)
        try:
            (shared / "a.exe").write_bytes(b"MZ" + bytes(300))
            os.chown(shared / "a.exe", NOBODY, NOBODY)
            (shared / "b.exe").write_bytes(b"MZ" + bytes(301))
            heard.until(lambda: len(heard.signals) >= 1)
            time.sleep(1)
        finally:
            sensor.stop()
    assert len(heard.signals) == 1


@pytest.fixture
def theirs_runs():
    """A browser's private window and a desktop of theirs, as far as processes show it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        chrome = Path(folder, "chrome")
        chrome.write_text("#!/bin/sh\nsleep 60\n")
        chrome.chmod(0o755)
        process = subprocess.Popen(
            [str(chrome), "--incognito"], user=NOBODY, group=NOBODY, extra_groups=[], cwd="/",
            env={"DISPLAY": ":77", "PATH": os.environ["PATH"]}, start_new_session=True,
        )  # fmt: skip
        yield process
        os.killpg(process.pid, 9)
        process.wait()


@pytest.mark.usefixtures("theirs_runs")
def test_neither_their_desktops_nor_their_private_windows_are_asked():
    deadline = time.monotonic() + 10
    while "nobody" not in {one.account for one in desktops()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert "nobody" not in {one.account for one in desktops(all_but_nobody)}
    assert "nobody" in Processes().look(ListsFolder().current())[1]
    assert "nobody" not in Processes().look(ListsFolder().current(), all_but_nobody)[1]
