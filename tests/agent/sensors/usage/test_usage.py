from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tutelage_agent.host.foreground import Coverage, Desktop, Foreground, Kind
from tutelage_agent.sensors.lists import ListsFolder
from tutelage_agent.sensors.observation import SignalKind
from tutelage_agent.sensors.policy import NonWork, SensorPolicy
from tutelage_agent.sensors.usage import UsageSensor, UsageSettings, Visited
from tutelage_agent.sensors.usage.running import PROXY_FLAGS, Processes, _has, tunnels

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DESK = Desktop(Kind.X11, "s.teacher", 1000)
SHARE = SensorPolicy(non_work=NonWork(enabled=True, share=0.2, least_hours=2.0))


class QuietFeed:
    """Stands where the feed stands; the test says what is in front."""

    coverage = Coverage(seen=1)

    def subscribe(self, name, told, *, titles):
        assert not titles, "usage never asks for a title"

    def unsubscribe(self, name):
        return


class Week:
    """A staff laptop through a week, half a minute at a time."""

    def __init__(self, tmp_path, heard, policy=SHARE):
        self.now, self.ticks = MONDAY, 0.0
        self.visited = Visited()
        self.heard = heard
        self.sensor = UsageSensor(
            QuietFeed(), ListsFolder().current, self.visited, heard.tell, tmp_path, "boot",
            pseudonym=lambda account: f"p-{len(account)}", policy=lambda: policy,
            settings=UsageSettings(programs=False, drives=False),
            clock=lambda: self.now, ticks=lambda: self.ticks,
        )  # fmt: skip

    def front(self, program, hours, *, idle=0, private=False):
        for _ in range(int(hours * 120) + 1):
            self.sensor._hear(DESK, Foreground(program, "", idle, private))
            self.now += timedelta(seconds=30)
            self.ticks += 30.0
        self.sensor.look(Processes())


def kinds(heard):
    return [one.kind for one in heard.signals]


def test_a_week_of_work_tells_nothing(tmp_path, heard):
    week = Week(tmp_path, heard)
    week.front("winword.exe", 20)
    week.front("robloxplayerbeta.exe", 2)
    assert heard.signals == []


def test_a_week_over_the_threshold_is_told_once_and_says_only_that(tmp_path, heard):
    week = Week(tmp_path, heard)
    week.front("winword.exe", 3)
    week.front("robloxplayerbeta.exe", 2)
    week.front("robloxplayerbeta.exe", 2)
    assert kinds(heard) == [SignalKind.NON_WORK_USE]
    assert heard.signals[0].detail == "over the threshold of 20% in 2026-W48"
    week.sensor._meter.keep()
    again = Week(tmp_path, heard)
    again.front("steam", 3)
    assert len(heard.signals) == 1, "nor again after a restart"
    again.now += timedelta(days=7)
    again.front("steam", 3)
    assert len(heard.signals) == 2


def test_time_in_a_browser_counts_as_what_is_read_there(tmp_path, heard):
    week = Week(tmp_path, heard)
    for _ in range(20):
        week.visited.note("s.teacher", "streaming", week.now)
        week.front("firefox", 0.15)
    assert kinds(heard) == [SignalKind.NON_WORK_USE]


def test_an_unused_desk_and_the_first_minutes_tell_nothing(tmp_path, heard):
    week = Week(tmp_path, heard)
    week.front("steam", 1)
    week.front("steam", 60, idle=900)
    assert heard.signals == []


def test_where_the_policy_asks_for_no_share_nothing_is_counted_or_kept(tmp_path, heard):
    week = Week(tmp_path, heard, SensorPolicy())
    week.front("steam", 40)
    week.sensor._meter.keep()
    assert heard.signals == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_holds_no_account_and_no_program(tmp_path, heard):
    week = Week(tmp_path, heard)
    week.front("robloxplayerbeta.exe", 1)
    week.sensor._meter.keep()
    kept = (tmp_path / "usage.json").read_text()
    assert "teacher" not in kept
    assert "roblox" not in kept
    assert '"games": 3600' in kept


def test_a_private_window_is_told_once_a_day_without_what_was_in_it(tmp_path, heard):
    week = Week(tmp_path, heard)
    for _ in range(3):
        week.front("firefox", 0.01, private=True)
    assert {(one.kind, one.detail) for one in heard.signals} == {
        (SignalKind.PRIVATE_WINDOW, "a browser's private window")
    }
    assert len({one.about for one in heard.signals}) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="copies a program of POSIX")
def test_a_tool_that_runs_is_found_by_its_process_and_told_once(tmp_path):
    program = tmp_path / "nordvpnd"
    shutil.copy(shutil.which("sleep"), program)
    process = subprocess.Popen([str(program), "30"])
    try:
        processes = Processes()
        time.sleep(0.2)
        found, _ = processes.look(ListsFolder().current())
        assert [one.program.id for one in found] == ["nordvpn"]
        assert processes.look(ListsFolder().current()) == ([], [])
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="copies a program of POSIX")
@pytest.mark.parametrize(
    ("name", "flags", "unread"),
    [
        ("chrome", ["--user-data-dir=/media/stick/profile"], True),
        ("firefox", ["-profile", "/media/stick/profile"], True),
        ("chrome", ["--type=renderer", "--user-data-dir=/home/a"], False),
        ("chrome", ["https://a.example/"], False),
        ("falkon", [], True),
    ],
)
def test_a_browser_whose_history_is_not_read_is_known_while_it_runs(tmp_path, name, flags, unread):
    program = tmp_path / name
    program.write_text("#!/bin/sh\nread line\n")
    program.chmod(0o755)
    process = subprocess.Popen([str(program), *flags], stdin=subprocess.PIPE)
    looks = Processes()
    try:
        time.sleep(0.3)
        for _ in range(2):  # the second look asks nothing again
            looks.look(ListsFolder().current())
            (seen,) = [one for (number, _), one in looks._seen.items() if number == process.pid]
            assert seen is unread
            assert looks.unread_browser or not unread
    finally:
        process.communicate(b"\n")


@pytest.mark.parametrize(
    ("flags", "proxied"),
    [
        (["--proxy-server=socks5://127.0.0.1:9050"], True),
        (["--type=renderer", "--proxy-server=x"], False),
        (["https://a.example/--proxy-server"], False),
    ],
)
def test_a_browser_with_a_way_of_its_own_to_the_internet_is_told(tmp_path, heard, flags, proxied):
    program = tmp_path / "chrome"
    program.write_text("#!/bin/sh\nread line\n")
    program.chmod(0o755)
    process = subprocess.Popen([str(program), *flags], stdin=subprocess.PIPE)
    try:
        time.sleep(0.3)
        looks = Processes()
        looks.look(ListsFolder().current(), lambda account: True)
        assert bool(looks.proxied) >= proxied
        mine = psutil.Process(process.pid).cmdline()[1:]
        assert _has(mine, PROXY_FLAGS) is proxied
        sensor = UsageSensor(
            QuietFeed(), ListsFolder().current, Visited(), heard.tell, tmp_path, "boot",
            pseudonym=str, settings=UsageSettings(drives=False),
        )  # fmt: skip
        sensor.look(Processes())
        said = {one.detail for one in heard.signals}
        assert ("proxy: a browser's own; runs" in said) >= proxied
    finally:
        process.communicate(b"\n")


def test_a_browser_started_in_a_private_window_is_found_by_its_flag(tmp_path):
    program = tmp_path / "firefox"
    shutil.copy(shutil.which("bash"), program)
    words = [str(program), "-c", "read line; true", "--private-window"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        time.sleep(0.2)
        assert Processes().look(ListsFolder().current())[1]
    finally:
        process.stdin.close()
        process.kill()
        process.wait()


def test_the_schools_own_tools_are_not_told(tmp_path, heard):
    policy = SensorPolicy(allowed_programs=("nordvpn",))
    week = Week(tmp_path, heard, policy)
    listed = ListsFolder().current().running("nordvpn")
    from tutelage_agent.sensors.usage.running import Found

    week.sensor._tell_program(Found(listed, "a"))
    assert heard.signals == []
    other = ListsFolder().current().running("expressvpn")
    week.sensor._tell_program(Found(other, "a"))
    assert heard.signals[0].detail == "vpn: expressvpn; runs"


def test_tunnels_are_told_by_kind_and_never_by_name():
    names = ["eth0", "wlan0", "tun0", "wg-home-of-jo", "docker0", "lo"]
    assert sorted(tunnels(names, "linux")) == ["tun", "wg"]
    assert list(tunnels(["utun3"], "darwin")) == []
    assert list(tunnels(["Ethernet", "NordLynx", "OpenVPN TAP-Windows6"], "win32")) == [
        "nordlynx", "openvpn", "tap-windows",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="makes an interface")
def test_a_real_tunnel_that_a_program_holds_is_seen_and_goes_with_it():
    import fcntl

    set_interface, tun_without_header = 0x400454CA, 0x1001
    try:
        held = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(held, set_interface, struct.pack("16sH", b"tun77", tun_without_header))
    except OSError:
        pytest.skip("this kernel makes no tunnels here")
    try:
        subprocess.run(["ip", "link", "set", "tun77", "up"], check=True)
        assert "tun" in list(tunnels())
    finally:
        os.close(held)
    assert "tun" not in list(tunnels())
