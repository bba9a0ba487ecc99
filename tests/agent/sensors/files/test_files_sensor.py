from __future__ import annotations

import os
import statistics
import sys
import threading
import time

import pytest

from plain_extractor import PlainExtractor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_agent.sensors.opening import is_online_only
from tutelage_wire.events import Channel, SensorState
from tutelage_wire.times import utc_now


def test_a_saved_file_is_heard_with_its_text_name_and_account(desk):
    desk.start()
    (desk.home / "essay.txt").write_text("the tide was out")
    desk.heard.until(lambda: desk.heard.texts() == ["the tide was out"])
    assert desk.heard.texts(Channel.FILE_NAME) == ["essay.txt"]
    assert all(o.account for o in desk.heard.observations)


def test_a_file_written_while_the_agent_was_stopped_is_found(desk):
    desk.start()
    desk.stop()
    (desk.home / "late.txt").write_text("written at night")
    desk.start()
    desk.heard.until(lambda: desk.heard.texts() == ["written at night"])


def test_what_was_read_is_not_read_again_after_a_restart(desk):
    (desk.home / "one.txt").write_text("one")
    desk.start()
    desk.heard.until(lambda: desk.heard.texts() == ["one"])
    desk.stop()
    (desk.home / "two.txt").write_text("two")
    desk.start()
    desk.heard.until(lambda: "two" in desk.heard.texts())
    assert desk.heard.texts() == ["one", "two"]


def test_a_file_that_could_not_be_stored_comes_again_and_the_failure_shows(desk):
    sensor = desk.start()
    desk.heard.broken = RuntimeError("spool is gone")
    (desk.home / "essay.txt").write_text("not lost")
    desk.heard.until(lambda: sensor.report(utc_now()).state is SensorState.FAILED)
    assert sensor.report(utc_now()).reason == "RuntimeError"
    desk.heard.broken = None
    desk.heard.until(lambda: desk.heard.texts() == ["not lost"])
    desk.heard.until(lambda: sensor.report(utc_now()).state is SensorState.RUNNING)


def test_a_full_disk_at_the_spool_is_a_failure_and_not_an_unreadable_file(desk):
    sensor = desk.start()
    desk.heard.broken = OSError(28, "no space left on device")
    (desk.home / "essay.txt").write_text("not lost")
    desk.heard.until(lambda: sensor.report(utc_now()).state is SensorState.FAILED)
    desk.heard.broken = None
    desk.heard.until(lambda: desk.heard.texts() == ["not lost"])


def test_the_same_text_saved_again_is_not_news_and_a_changed_text_is(desk):
    desk.start()
    essay = desk.home / "essay.txt"
    essay.write_text("first")
    desk.heard.until(lambda: desk.heard.texts() == ["first"])
    essay.write_text("first")
    os.utime(essay)
    time.sleep(1.5)
    essay.write_text("second")
    desk.heard.until(lambda: desk.heard.texts() == ["first", "second"])
    assert desk.heard.texts(Channel.FILE_NAME) == ["essay.txt"]


def test_a_save_by_temporary_file_and_rename_is_read_under_its_final_name(desk):
    desk.start()
    temporaries = ("~WRD0001.tmp", "lu3021x4.tmp", "8A1B2C3D", ".goutputstream-X1Y2Z3")
    for i, temporary in enumerate(temporaries):
        (desk.home / temporary).write_text("half")
        (desk.home / temporary).write_text(f"whole {temporary}")
        (desk.home / temporary).rename(desk.home / f"{i}.done.txt")
    desk.heard.until(lambda: len(desk.heard.texts()) == 4)
    assert all(text.startswith("whole") for text in desk.heard.texts())
    assert all(name.endswith(".done.txt") for name in desk.heard.texts(Channel.FILE_NAME))


def test_a_renamed_file_gives_its_new_name_and_is_not_read_again(desk):
    desk.start()
    (desk.home / "plain.txt").write_text("text")
    desk.heard.until(lambda: desk.heard.texts() == ["text"])
    (desk.home / "plain.txt").rename(desk.home / "telling name.txt")
    desk.heard.until(lambda: "telling name.txt" in desk.heard.texts(Channel.FILE_NAME))
    assert desk.heard.texts() == ["text"]


def test_a_folder_moved_in_is_read_and_watched(desk, tmp_path):
    outside = tmp_path / "stick" / "brought"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "a.txt").write_text("came along")
    desk.start()
    outside.rename(desk.home / "brought")
    desk.heard.until(lambda: desk.heard.texts() == ["came along"])
    desk.heard.until(lambda: "brought" in desk.heard.texts(Channel.FILE_NAME))
    (desk.home / "brought" / "deep" / "b.txt").write_text("came later")
    desk.heard.until(lambda: desk.heard.texts() == ["came along", "came later"])


def test_a_tree_made_in_one_go_is_read_to_its_last_file(desk):
    desk.start()
    for i in range(60):
        folder = desk.home / f"t{i}" / "a" / "b"
        folder.mkdir(parents=True)
        for k in range(5):
            (folder / f"f{k}.txt").write_text(f"{i} {k}")
    desk.heard.until(lambda: len(desk.heard.texts()) >= 300, 30)
    assert sorted(desk.heard.texts()) == sorted(f"{i} {k}" for i in range(60) for k in range(5))


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_links_pipes_and_ignored_folders_are_left_alone(desk, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("somebody else's")
    (desk.home / "node_modules" / "x").mkdir(parents=True)
    (desk.home / "node_modules" / "x" / "readme.txt").write_text("a library")
    desk.start()
    (desk.home / "link.txt").symlink_to(secret)
    (desk.home / "linked").symlink_to(tmp_path)
    os.mkfifo(desk.home / "pipe.txt")
    (desk.home / "node_modules" / "x" / "more.txt").write_text("a library")
    (desk.home / "real.txt").write_text("seen")
    desk.heard.until(lambda: desk.heard.texts() == ["seen"])
    time.sleep(0.6)
    assert desk.heard.texts() == ["seen"]


def test_a_busy_folder_does_not_withhold_events(desk):
    desk.start()
    stop = threading.Event()

    def chatter():
        n = 0
        while not stop.wait(0.02):
            (desk.home / f"log{n % 5}.txt").write_text(str(n))
            n += 1

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        time.sleep(0.5)
        (desk.home / "essay.txt").write_text("heard in time")
        desk.heard.until(lambda: "heard in time" in desk.heard.texts(), 5)
        assert thread.is_alive(), "while the writing went on"
    finally:
        stop.set()
        thread.join()


def test_what_was_there_before_the_agent_can_be_left_unread(desk):
    (desk.home / "old.txt").write_text("from last year")
    desk.start(FolderSettings(read_existing=False))
    (desk.home / "new.txt").write_text("from today")
    desk.heard.until(lambda: desk.heard.texts() == ["from today"])
    (desk.home / "old.txt").write_text("from last year, changed")
    desk.heard.until(lambda: len(desk.heard.texts()) == 2)


def test_a_folder_that_comes_later_is_read_when_it_is_there(tmp_path, heard):
    stick = tmp_path / "stick"
    sensor = FilesSensor(
        lambda: (Root(str(stick)),),
        tmp_path / "cursor.db",
        PlainExtractor(),
        settings=FolderSettings(look_for_roots_every=0.1),
    )
    sensor.start(heard.emit)
    try:
        time.sleep(0.3)
        stick.mkdir()
        (stick / "a.txt").write_text("on the stick")
        heard.until(lambda: heard.texts() == ["on the stick"])
        (stick / "b.txt").write_text("written to it")
        heard.until(lambda: len(heard.texts()) == 2)
    finally:
        sensor.stop()


def test_scans_wait_and_events_do_not(desk):
    (desk.home / "old.txt").write_text("for the scan")
    sensor = desk.start(may_scan=lambda: "on battery", wait=False)
    desk.heard.until(lambda: "on battery" in sensor.report(utc_now()).reason)
    (desk.home / "new.txt").write_text("for the watcher")
    desk.heard.until(lambda: desk.heard.texts() == ["for the watcher"])


def test_a_cursor_that_is_no_database_is_moved_aside(desk):
    (desk.state / "cursor.db").write_bytes(b"not a database, but long enough to be read" * 50)
    (desk.home / "a.txt").write_text("read again")
    desk.start()
    desk.heard.until(lambda: desk.heard.texts() == ["read again"])
    assert (desk.state / "cursor.corrupt").exists()


def test_report_and_repr_quote_nothing(desk):
    sensor = desk.start()
    (desk.home / "telling name.txt").write_text("telling text")
    desk.heard.until(lambda: desk.heard.texts() == ["telling text"])
    shown = repr(sensor.report(utc_now())) + repr(desk.heard.observations)
    assert "telling" not in shown
    assert str(desk.home) not in shown


def test_latency_from_close_to_emit_is_printed(desk):
    desk.start()
    delays = []
    for i in range(20):
        (desk.home / f"{i}.txt").write_text(f"text {i}")
        closed = time.monotonic()
        desk.heard.until(lambda i=i: f"text {i}" in desk.heard.texts())
        delays.append(desk.heard.times[-1] - closed)
    print(f"close -> emit: median {statistics.median(delays) * 1000:.0f} ms")


def test_what_comes_again_after_a_kill_has_the_same_key_and_the_same_time(desk):
    """So it is the same event, whether a notice brought it or the scan after a restart."""
    brought = []

    def killed(observation):
        brought.append(observation)
        raise RuntimeError("killed before it could note that")

    desk.heard.emit = killed
    desk.start()
    (desk.home / "essay.txt").write_text("not twice")
    desk.heard.until(lambda: sum(one.channel is Channel.FILE_NAME for one in brought) >= 1)
    desk.stop()
    desk.heard.emit = brought.append
    time.sleep(0.3)
    desk.start()
    desk.heard.until(lambda: any(one.channel is Channel.FILE for one in brought))
    names = [one for one in brought if one.channel is Channel.FILE_NAME]
    assert len({(one.key, one.occurred_at) for one in names}) == 1
    assert len(names) > 1


def test_a_file_written_between_its_opening_and_its_reading_is_one_event(desk):
    """Its first reading saw the text and not yet the time of it; the second must not be another."""

    class Late(PlainExtractor):
        written = False

        def extract(self, stream, name):
            if name == "essay.txt" and not self.written:
                self.written = True
                time.sleep(0.05)
                (desk.home / name).write_text("whole")
            return super().extract(stream, name)

    brought = []
    desk.heard.emit = brought.append
    desk.start(extractor=Late())
    (desk.home / "essay.txt").write_text("half")
    texts = lambda: [one for one in brought if one.channel is Channel.FILE]  # noqa: E731
    desk.heard.until(lambda: len(texts()) >= 2)
    assert len({(one.key, one.occurred_at) for one in texts()}) == 1


@pytest.mark.parametrize(
    ("attributes", "online_only"),
    [(0x20, False), (0x400020, True), (0x40020, True), (0x1020, True), (0x80, False)],
)
def test_a_placeholder_of_the_cloud_is_known_by_its_attributes(attributes, online_only):
    from types import SimpleNamespace

    assert is_online_only(SimpleNamespace(st_file_attributes=attributes)) is online_only
