"""What a pupil can put into a folder to hold, mislead or blind the agent."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
import threading
import time
from datetime import timedelta

import pytest

from plain_extractor import PlainExtractor
from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_wire.events import Channel
from tutelage_wire.times import utc_now

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these tricks are POSIX'")

OFTEN = FolderSettings(scan_every=0.3)


def names(heard):
    return set(heard.texts(Channel.FILE_NAME))


def test_pipes_devices_sockets_and_links_neither_hold_nor_mislead_it(desk, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("text of somebody else")
    os.mkfifo(desk.home / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(desk.home / "socket.txt"))
    if os.geteuid() == 0:
        os.mknod(desk.home / "device.txt", stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    (desk.home / "link.txt").symlink_to(outside)
    (desk.home / "shadow").symlink_to("/etc/shadow")
    (desk.home / "loop").symlink_to(desk.home / "loop")
    (desk.home / "round").symlink_to(desk.home)
    (desk.home / "above").symlink_to("/")
    desk.start(OFTEN)
    (desk.home / "essay.txt").write_text("an essay")
    desk.heard.until(lambda: "an essay" in desk.heard.texts())
    time.sleep(0.8)
    assert desk.heard.texts() == ["an essay"]
    assert names(desk.heard) == {"essay.txt"}


def test_a_folder_that_becomes_a_link_while_it_is_read_leads_nowhere(desk, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for number in range(50):
        (outside / f"{number}.txt").write_text(f"theirs {number}")
    desk.start(OFTEN)
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            (desk.home / "a").mkdir()
            (desk.home / "a" / "0.txt").write_text("ours")
            (desk.home / "a").rename(desk.home / "b")
            (desk.home / "a").symlink_to(outside)
            shutil.rmtree(desk.home / "b")
            (desk.home / "a").unlink()

    thread = threading.Thread(target=swap)
    thread.start()
    time.sleep(3)
    stop.set()
    thread.join()
    assert set(desk.heard.texts()) <= {"ours"}


@pytest.mark.parametrize(
    "name",
    [
        "two\nlines.txt",
        os.fsdecode(b"latin \xe9.txt"),
        "x" * 251 + ".txt",
        "\u202etxt.exe",
        " .txt",
        "-rf *.txt",
        "%s%n{0}.txt",
        "'; DROP TABLE file; --.txt",
        "\u0645\u0631\u062d\u0628\u0627.txt",
    ],
)
def test_no_name_is_too_strange_to_be_read_and_remembered(desk, name):
    desk.start(OFTEN)
    (desk.home / name).write_text("words")
    desk.heard.until(lambda: "words" in desk.heard.texts())
    time.sleep(0.8)
    assert desk.heard.texts() == ["words"], "it was read once"
    (told,) = desk.heard.texts(Channel.FILE_NAME)
    told.encode("utf-8")


def test_names_that_differ_in_case_alone_are_two_files(desk):
    for name in ("Essay.txt", "essay.txt", "ESSAY.TXT"):
        (desk.home / name).write_text(f"of {name}")
    desk.start(OFTEN)
    desk.heard.until(lambda: len(desk.heard.texts()) == 3)


def test_a_sparse_file_of_ten_gigabytes_and_one_that_grows_for_ever_end(desk):
    with (desk.home / "hole.txt").open("wb") as hole:
        hole.write(b"words before a hole")
        hole.truncate(10 << 30)
    with (desk.home / "hole.docx").open("wb") as hole:
        hole.write(b"PK\x03\x04")
        hole.truncate(10 << 30)
    stop = threading.Event()

    def grow():
        with (desk.home / "log.txt").open("a") as log:
            while not stop.wait(0.001):
                log.write("a line\n" * 50)
                log.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with BoundedExtractor() as extractor:
            desk.start(OFTEN, extractor=extractor)
            (desk.home / "essay.txt").write_text("an essay")
            desk.heard.until(lambda: "an essay" in desk.heard.texts(), 20)
            details = lambda: {one.detail for one in desk.heard.signals}  # noqa: E731
            desk.heard.until(lambda: "too_large:zip" in details(), 20)
            desk.stop()
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("name", ["diary.part", "diary.txt~", "#diary#", "20261128", "~$diary.txt"])
def test_a_name_of_an_unfinished_file_hides_a_finished_one_for_minutes_only(tmp_path, heard, name):
    home = tmp_path / "home"
    home.mkdir()
    (home / name).write_text("a diary " * 200)
    ahead = [timedelta(0)]
    sensor = FilesSensor(
        lambda: [Root(str(home), "a")], tmp_path / "cursor", PlainExtractor(),
        settings=OFTEN, clock=lambda: utc_now() + ahead[0],
    )  # fmt: skip
    sensor.start(heard.emit)
    try:
        heard.until(lambda: sensor.report(utc_now()).last_progress is not None)
        time.sleep(0.8)
        assert heard.texts() == []
        ahead[0] = timedelta(minutes=11)
        heard.until(lambda: len(heard.texts()) == 1)
    finally:
        sensor.stop()


def test_the_owner_file_of_an_open_document_is_never_one(tmp_path, heard):
    home = tmp_path / "home"
    home.mkdir()
    (home / "~$essay.docx").write_bytes(b"\x07A. Pupil" + bytes(150))
    (home / "desktop.ini").write_text("[.ShellClassInfo]")
    (home / "essay.txt").write_text("an essay")
    sensor = FilesSensor(
        lambda: [Root(str(home), "a")], tmp_path / "cursor", PlainExtractor(),
        settings=OFTEN, clock=lambda: utc_now() + timedelta(hours=1),
    )  # fmt: skip
    sensor.start(heard.emit)
    try:
        heard.until(lambda: "an essay" in heard.texts())
        time.sleep(0.8)
    finally:
        sensor.stop()
    assert names(heard) == {"essay.txt"}


def test_folders_that_are_left_alone_and_mounts_are_stated(desk):
    sensor = desk.start(OFTEN)
    assert Blind.IGNORED_FOLDERS not in sensor.blind_spots()
    (desk.home / "node_modules").mkdir()
    (desk.home / "node_modules" / "diary.txt").write_text("hidden")
    desk.heard.until(lambda: Blind.IGNORED_FOLDERS in sensor.blind_spots())
    shutil.rmtree(desk.home / "node_modules")
    desk.heard.until(lambda: Blind.IGNORED_FOLDERS not in sensor.blind_spots())
    assert desk.heard.texts() == []


def test_what_may_not_be_read_now_is_read_when_it_may(desk):
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    essay = desk.home / "essay.txt"
    essay.write_text("locked words")
    essay.chmod(0)
    desk.start(OFTEN)
    time.sleep(1)
    essay.chmod(0o600)
    desk.heard.until(lambda: desk.heard.texts() == ["locked words"])


def test_a_folder_that_goes_while_it_is_scanned_costs_nothing_but_itself(desk):
    for number in range(300):
        folder = desk.home / f"{number:03}"
        folder.mkdir()
        (folder / "a.txt").write_text(f"text {number}")
    desk.start(OFTEN, wait=False)
    for number in range(0, 300, 2):
        shutil.rmtree(desk.home / f"{number:03}")
    (desk.home / "last.txt").write_text("the last")
    desk.heard.until(lambda: "the last" in desk.heard.texts(), 20)
    odd = {f"text {number}" for number in range(1, 300, 2)}
    desk.heard.until(lambda: odd <= set(desk.heard.texts()), 20)


def test_a_clock_that_jumps_makes_no_file_new(tmp_path, heard):
    home = tmp_path / "home"
    home.mkdir()
    (home / "essay.txt").write_text("an essay")
    os.utime(home / "essay.txt", (4e9, 4e9))  # the year 2096
    ahead = [timedelta(0)]
    sensor = FilesSensor(
        lambda: [Root(str(home), "a")], tmp_path / "cursor", PlainExtractor(),
        settings=OFTEN, clock=lambda: utc_now() + ahead[0],
    )  # fmt: skip
    sensor.start(heard.emit)
    try:
        heard.until(lambda: heard.texts() == ["an essay"])
        for days in (400, -400, 0):
            ahead[0] = timedelta(days=days)
            time.sleep(0.7)
        (home / "second.txt").write_text("another")
        heard.until(lambda: "another" in heard.texts())
    finally:
        sensor.stop()
    assert heard.texts() == ["an essay", "another"]


def test_folders_nested_deeper_than_the_system_takes_are_stated(desk):
    sensor = desk.start(OFTEN)
    here = os.open(desk.home, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("n" * 250, dir_fd=here)
        below = os.open("n" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    try:
        (desk.home / "essay.txt").write_text("an essay")
        desk.heard.until(lambda: "an essay" in desk.heard.texts())
        desk.heard.until(lambda: Blind.UNREADABLE_FOLDERS in sensor.blind_spots())
    finally:
        desk.stop()
        shutil.rmtree(desk.home / ("n" * 250))
