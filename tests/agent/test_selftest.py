"""A self-test proves a channel, is nobody's concern, and hides nothing."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta

import pytest

from one_detector import OneDetector
from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from tutelage_agent.config import SelfTestSettings
from tutelage_agent.detection import canary
from tutelage_agent.selftest import DocumentProbe, ScheduledTests, document, new_code, phrase
from tutelage_agent.selftest.probes import FILE_NAME
from tutelage_agent.selftest.scheduled import State
from tutelage_policy.image import default_cache, open_matcher
from tutelage_wire import times
from tutelage_wire.events import Channel, Grade, RiskArea


@pytest.fixture(scope="module")
def matcher():
    return open_matcher(None, default_cache())


@pytest.fixture
def device(tmp_path, matcher):
    one = OneDetector(tmp_path, matcher)
    yield one
    one.spool.close()


@pytest.mark.parametrize(
    ("text", "channel", "code"),
    [
        (document("ab2xyz"), Channel.FILE, "ab2xyz"),
        ("tutelage self test AB2XYZ", Channel.SEARCH, "ab2xyz"),
        ("Tutelage self test ab2xyz - Chromium", Channel.WINDOW, "ab2xyz"),
        ("tutelage selftest", Channel.SEARCH, canary.UNNAMED),
    ],
)
def test_the_reserved_phrase_is_told_as_a_self_test_with_its_code(device, text, channel, code):
    device.hear(text, channel=channel)
    [told] = device.told()
    assert (told.canary, told.channel) == (code, channel)


def test_a_self_test_carries_nothing_of_who_was_there(device):
    device.hear(phrase("ab2xyz"), account="a.pupil")
    [told] = device.told()
    assert (told.account, told.content_hash, told.sealed) == ("", "", None)


def test_a_child_who_hides_behind_the_phrase_is_still_heard(device):
    device.hear(f"{phrase('ab2xyz')} i want to kill myself tonight", channel=Channel.FILE)
    told = {bool(one.canary): one for one in device.told()}
    assert told[False].risk_area is RiskArea.CONTENT
    assert told[False].grade >= Grade.WITHIN_30_MINUTES
    assert told[False].sealed is not None
    assert told[True].sealed is None


def test_the_words_around_a_self_test_do_not_join_over_it(device):
    device.hear("i want to " + phrase("ab2xyz") + " go home", channel=Channel.FILE)
    assert [bool(one.canary) for one in device.told()] == [True]


def test_a_page_full_of_the_phrase_is_no_flood(device):
    device.hear(" ".join(phrase(new_code()) for _ in range(200)), channel=Channel.FILE)
    assert len(device.told()) == canary.MOST_A_MINUTE


def test_the_same_self_test_is_told_once_a_minute(device):
    for second in range(5):
        device.hear(phrase("ab2xyz"), second / 86_400)
    device.hear(phrase("ab2xyz"), 70 / 86_400)
    assert len(device.told()) == 2


class Now:
    """A clock that a test moves."""

    def __init__(self):
        self.at = times.utc_now()

    def __call__(self):
        return self.at

    def on(self, **by):
        self.at += timedelta(**by)


class Fake:
    """A page's probe, that a test decides about."""

    name, sensor, channel = "page", "browser_history", Channel.TITLE
    wait, needs_mains = 120.0, True
    refuses, counts, begun = "", True, 0

    def begin(self, code, turn):
        self.turn = turn
        self.begun += not self.refuses
        return self.refuses

    def end(self):
        return self.counts


def scheduled(folder, *probes, clock, days=7, battery=False, **settings):
    given = {"first_after": 0, "spread": 0, **settings}
    return ScheduledTests(
        folder, SelfTestSettings(**given), probes, lambda: {one.name: days for one in probes},
        clock, lambda: battery,
    )  # fmt: skip


def always(sensor):
    return True


def test_a_scheduled_test_that_is_seen_is_done_and_comes_again_after_its_days(tmp_path, device):
    written, now = DocumentProbe(tmp_path / "selftest"), Now()
    test = scheduled(tmp_path, written, clock=now, days=1, first_after=10)
    assert test.turn(5, always)[0] is State.IDLE
    assert test.turn(10, always) == (State.WAITING, "file")
    device.hear((written.folder / FILE_NAME).read_text(), channel=Channel.FILE)
    assert test.turn(11, always) == (State.SEEN, "file")
    assert not (written.folder / FILE_NAME).exists()
    assert test.turn(12, always)[0] is State.IDLE
    now.on(hours=20)
    assert test.turn(13, always)[0] is State.IDLE
    now.on(hours=7)
    assert test.turn(14, always)[0] is State.WAITING


def test_a_scheduled_test_that_nobody_sees_is_missed_and_stays_a_blind_spot(tmp_path):
    test = scheduled(tmp_path, DocumentProbe(tmp_path / "selftest"), clock=Now())
    assert test.turn(0, always)[0] is State.WAITING
    assert test.turn(DocumentProbe.wait, always) == (State.MISSED, "file")
    assert test.missed(always) == {"file"}
    assert test.missed(lambda sensor: False) == set()  # not watched is not blind


def test_nothing_is_proven_where_nothing_is_watched_or_the_policy_says_never(tmp_path):
    written = DocumentProbe(tmp_path / "selftest")
    test = scheduled(tmp_path, written, clock=Now())
    assert test.turn(1, lambda sensor: False)[0] is State.IDLE
    assert scheduled(tmp_path, written, clock=Now(), days=0).turn(1, always)[0] is State.IDLE
    assert not written.folder.exists()


def test_a_page_is_not_opened_on_battery_and_what_it_waits_for_is_said(tmp_path):
    probe = Fake()
    test = scheduled(tmp_path, probe, clock=Now(), battery=True)
    assert test.turn(0, always)[0] is State.IDLE
    assert probe.begun == 0
    assert test.stands()["page"].said == "the device is on battery"


def test_when_a_test_was_last_tried_is_kept_over_a_restart(tmp_path):
    probe, now = Fake(), Now()
    test = scheduled(tmp_path, probe, clock=now)
    assert test.turn(0, always)[0] is State.WAITING
    assert test.turn(probe.wait, always) == (State.MISSED, "page")
    again = scheduled(tmp_path, probe, clock=now)
    assert again.turn(0, always)[0] is State.IDLE
    assert again.missed(always) == {"page"}
    now.on(hours=1, minutes=1)  # a miss is tried again soon, with the next browser
    assert again.turn(1, always)[0] is State.WAITING
    assert probe.turn == 1


def test_a_test_that_somebody_disturbed_is_no_miss(tmp_path):
    probe, now = Fake(), Now()
    probe.counts = False
    test = scheduled(tmp_path, probe, clock=now)
    test.turn(0, always)
    assert test.turn(probe.wait, always)[0] is State.IDLE
    assert test.missed(always) == set()


def test_devices_spread_their_first_pages(tmp_path):
    probe, now = Fake(), Now()
    test = scheduled(tmp_path, probe, clock=now, spread=3600)
    assert test.turn(0, always)[0] is State.IDLE
    now.on(hours=1, seconds=1)
    assert test.turn(1, always)[0] is State.WAITING


def test_a_clock_that_was_years_ahead_puts_no_test_off_for_years(tmp_path):
    probe, now = Fake(), Now()
    now.on(days=3000)
    test = scheduled(tmp_path, probe, clock=now)
    test.turn(0, always)
    test.turn(probe.wait, always)
    now.on(days=-3000)
    assert test.turn(probe.wait + 1, always)[0] is State.WAITING


@pytest.mark.slow
def test_selftest_at_a_device_travels_the_whole_path(tmp_path):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    agent = None
    try:
        device = AgentFolder(
            tmp_path / "device",
            collector.bundle(tmp_path / "bundle.json"),
            selftest={"first_after": 1},
        )
        command = agent_command(device.settings, "selftest", "--json")
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert ended.returncode == 2
        assert "not running" in ended.stderr
        agent = device.run(tmp_path / "agent.log")
        wait_until(lambda: (device.state / "status.json").exists())
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        told = json.loads(ended.stdout)
        assert told["seconds"]["file"] > 0
        assert list(device.documents.iterdir()) == []

        def arrived():
            return {one.body.canary for one in collector.events() if hasattr(one.body, "canary")}

        wait_until(lambda: told["code"] in arrived())
        wait_until(lambda: len(arrived()) == 2)  # the agent's own, in its own folder
    finally:
        if agent is not None:
            agent.terminate()
            agent.wait(30)
        collector.stop()
