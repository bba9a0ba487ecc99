"""A self-test proves a channel, is nobody's concern, and hides nothing."""

from __future__ import annotations

import json
import subprocess

import pytest

from one_detector import OneDetector
from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from tutelage_agent.config import SelfTestSettings
from tutelage_agent.detection import canary
from tutelage_agent.selftest import ScheduledTest, document, new_code, phrase
from tutelage_agent.selftest.scheduled import FILE_NAME, WAIT, State
from tutelage_policy.image import default_cache, open_matcher
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


def test_a_scheduled_test_that_is_seen_is_done(tmp_path, device):
    test = ScheduledTest(tmp_path, SelfTestSettings(first_after=10, every=100))
    assert test.turn(5, files_run=True) is State.IDLE
    assert test.turn(10, files_run=True) is State.WAITING
    device.hear((test.folder / FILE_NAME).read_text(), channel=Channel.FILE)
    assert test.turn(11, files_run=True) is State.SEEN
    assert not (test.folder / FILE_NAME).exists()
    assert test.turn(12, files_run=True) is State.IDLE
    assert test.turn(110, files_run=True) is State.WAITING


def test_a_scheduled_test_that_nobody_sees_is_missed_and_stays_a_blind_spot(tmp_path):
    test = ScheduledTest(tmp_path, SelfTestSettings(first_after=0, every=10_000))
    assert test.turn(0, files_run=True) is State.WAITING
    assert test.turn(WAIT, files_run=True) is State.MISSED
    assert test.missed


def test_nothing_is_proven_where_files_are_not_watched(tmp_path):
    test = ScheduledTest(tmp_path, SelfTestSettings(first_after=0))
    assert test.turn(1, files_run=False) is State.IDLE
    assert not test.folder.exists()


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
