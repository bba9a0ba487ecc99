"""One pupil, one episode, one person who says "I am looking": and nothing is left out silently."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from browsing import signed_in, token
from live_collector import Device, LiveCollector, detection_event
from tutelage_collector import acknowledging, episodes, patterns
from tutelage_collector.cli.main import main
from tutelage_collector.errors import NotFoundError
from tutelage_collector.patterns import Weighed
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_alerting import Standing as AlertStanding
from tutelage_collector.store.records_people import Level, Standing
from tutelage_wire import codec, times
from tutelage_wire.events import AgeBand, Grade, RiskArea
from tutelage_wire.events import Route as Lane

if TYPE_CHECKING:
    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records import Alert
    from tutelage_wire.events import EventId


def raise_alerts(device: Device, *changes: dict[str, object]) -> list[EventId]:
    """Send one detection for each set of changes; return the alerts' ids."""
    made = [detection_event(device, **one) for one in changes]
    device.send(device.close_batch([codec.encode_event(one) for one in made]))
    return [one.id for one in made]


def test_what_one_pupil_writes_at_one_device_is_one_thing_to_look_at(
    collector: LiveCollector,
) -> None:
    device, other = collector.device("one"), collector.device("two")
    first, *_ = raise_alerts(device, {}, {"subcategory": "suicide"}, {})
    raise_alerts(device, {"account": "somebody-else"})
    raise_alerts(other, {})
    with collector.store() as store:
        assert episodes.take_in(store) == 5 or store.taken_in() == store.last_alert()
        counts = sorted(one.alerts for one in store.episodes())
        assert counts == [1, 1, 3]
        whole = acknowledging.episode_of(store, first)
        assert (whole.id, whole.alerts, whole.handling) == (first, 3, Handling.LADDER)
        assert len(store.episode_alerts(first)) == 3


def test_taking_in_again_and_rebuilding_change_nothing(collector: LiveCollector) -> None:
    device = collector.device()
    (first, second) = raise_alerts(device, {}, {})
    with collector.store() as store:
        episodes.take_in(store)
        acknowledging.acknowledge(store, first, "dsl", times.utc_now())
        before = (store.episodes(), store.alert_states([first, second]))
        store.rebuild()
        episodes.take_in(store)
        assert (store.episodes(), store.alert_states([first, second])) == before


def test_an_alert_after_the_acknowledgement_is_a_new_episode(collector: LiveCollector) -> None:
    device = collector.device()
    (first,) = raise_alerts(device, {})
    with collector.store() as store:
        acknowledging.acknowledge(store, first, "dsl", times.utc_now())
    (second,) = raise_alerts(device, {})
    with collector.store() as store:
        episodes.take_in(store)
        assert acknowledging.episode_of(store, second).acknowledged_at is None
        assert acknowledging.episode_of(store, first).alerts == 1


def test_whatever_is_told_to_nobody_says_why(collector: LiveCollector) -> None:
    device = collector.device()
    raise_alerts(
        device,
        {"canary": "c" * 32},
        {"route": Lane.ICT, "subcategory": "vpn"},
        {"grade": Grade.TREND, "account": "a"},
        {"grade": Grade.DIGEST, "account": "b"},
    )
    with collector.store() as store:
        episodes.take_in(store)
        found = {one.handling: one for one in store.episodes()}
    assert set(found) == {
        Handling.SELF_TEST, Handling.MACHINES, Handling.TREND, Handling.DIGEST,
    }  # fmt: skip
    assert all(one.says for one in found.values())


def test_the_second_person_is_told_who_was_quicker(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = raise_alerts(collector.device(), {})
    folder = str(collector.settings.folder)
    assert main(["--state", folder, "alert", "list", "--waiting"]) == 1
    assert main(["--state", folder, "alert", "ack", first[:12], "--by", "dsl"]) == 0
    assert main(["--state", folder, "alert", "ack", first, "--by", "head", "--json"]) == 0
    row = json.loads(capsys.readouterr().out.split("told.\n")[-1])[0]
    assert (row["by"], row["first"]) == ("dsl", False)
    assert main(["--state", folder, "alert", "list", "--waiting"]) == 0
    with collector.store() as store:
        acts = [one for one in store.audit_rows() if one.action == "alert acknowledged"]
    assert [(one.actor, one.subject) for one in acts] == [("dsl", f"alert {first}")]


def test_an_acknowledgement_names_an_account_that_exists(
    collector: LiveCollector, capsys: pytest.CaptureFixture[str]
) -> None:
    (first,) = raise_alerts(collector.device(), {})
    folder = str(collector.settings.folder)
    assert main(["--state", folder, "alert", "ack", first]) == 2
    assert "--by ACCOUNT" in capsys.readouterr().err
    assert main(["--state", folder, "alert", "ack", first, "--by", "nobody"]) == 2
    assert "accounts here: dsl, head, ict" in capsys.readouterr().err
    assert main(["--state", folder, "alert", "ack", "ffff", "--by", "dsl"]) == 2


def test_the_button_on_the_page_acknowledges_and_only_with_the_pages_own_form(
    collector: LiveCollector, credentials: Credentials
) -> None:
    (first, second) = raise_alerts(collector.device(), {}, {})
    with signed_in(collector, credentials, Role.DSL) as browser:
        page = browser.get(f"/alerts/{first}").text
        assert "Nobody yet" in page
        assert "for all 2 alerts" in page
        assert second in page
        address = f"/alerts/{second}/acknowledge"
        assert browser.post(address, data={"form_token": "forged"}).status_code == 403
        given = token(browser, f"/alerts/{first}")
        assert browser.post(address, data={"form_token": given}).status_code == 303
        assert "<strong>dsl</strong> acknowledged it" in browser.get(f"/alerts/{first}").text
        listed = browser.get("/alerts").text
        assert "Somebody has looked" in listed
    with signed_in(collector, credentials, Role.ICT) as browser:
        assert browser.post(address, data={"form_token": token(browser, "/")}).status_code == 404
        assert first not in browser.get("/alerts").text


def test_a_concern_moves_its_alerts_on_and_acknowledges_the_rest(collector: LiveCollector) -> None:
    (first, second) = raise_alerts(collector.device(), {}, {})
    with collector.store() as store:
        episodes.take_in(store)
        now = times.utc_now()
        assert store.mark_alerts([first], AlertStanding.CONCERN, "dsl", now) == [first]
        states = store.alert_states([first, second])
        assert states[first].standing is AlertStanding.CONCERN
        assert states[second].standing is AlertStanding.ACKNOWLEDGED
        acknowledging.acknowledge(store, first, "head", now)
        assert store.alert_states([first])[first].standing is AlertStanding.CONCERN
        episode = acknowledging.episode_of(store, first)
        assert (episode.acknowledged_by, episode.standing) == ("dsl", AlertStanding.ACKNOWLEDGED)
        with pytest.raises(NotFoundError):
            store.mark_alerts([first, "0" * 32], AlertStanding.CLOSED, "dsl", now)  # type: ignore[list-item]
        assert store.alert_states([first])[first].standing is AlertStanding.CONCERN


@pytest.fixture
def bullying(collector: LiveCollector) -> Alert:
    """An alert of grade 3 as the store gives it."""
    device = collector.device()
    raise_alerts(
        device,
        {"subcategory": "bullying", "risk_area": RiskArea.CONDUCT, "grade": Grade.SAME_DAY},
    )
    with collector.store() as store:
        return store.alerts()[0]


def earlier(alert: Alert, days: float, **changes: object) -> Alert:
    """Return the same as it was some days before."""
    before = replace(alert, received_at=alert.received_at - timedelta(days=days))
    return replace(before, **changes)  # type: ignore[arg-type]


def test_bullying_on_a_second_day_or_by_three_children_is_raised_and_says_so(
    bullying: Alert,
) -> None:
    nothing = None
    assert patterns.weigh(bullying, [bullying], [bullying], nothing) == Weighed(3)
    twice = patterns.weigh(bullying, [earlier(bullying, 3)], [], nothing)
    assert (twice.grade, twice.raised) == (
        4, ("the same account on 2 days within two weeks (policy 6.a: repeated)",),
    )  # fmt: skip
    crowd = [earlier(bullying, 0.1, account=one) for one in ("b", "c")]
    several = patterns.weigh(bullying, [], crowd, nothing)
    assert several.grade == 4
    assert "3 accounts" in several.raised[0]


def test_what_the_device_counted_already_is_not_counted_twice(bullying: Alert) -> None:
    before = earlier(bullying, 3, grade=2)
    assert patterns.weigh(bullying, [before], [], None).grade == 3


def test_vulnerability_and_age_raise_and_nothing_ever_lowers(bullying: Alert) -> None:
    vulnerable = patterns.weigh(bullying, [], [], Standing(Level.RAISED, AgeBand.SECONDARY))
    assert (vulnerable.grade, len(vulnerable.raised)) == (4, 1)
    younger = patterns.weigh(bullying, [], [], Standing(Level.STANDARD, AgeBand.PRIMARY))
    assert younger.grade == 4
    assert patterns.weigh(bullying, [], [], Standing(Level.STANDARD, AgeBand.ADULT)).grade == 3
    despair = replace(bullying, subcategory="suicide", grade=4)
    assert patterns.weigh(despair, [], [], Standing(Level.RAISED, AgeBand.SECONDARY)).grade == 5
    top = replace(bullying, grade=5)
    assert patterns.weigh(top, [], [], None).grade == 5
    test = replace(bullying, canary="c" * 32)
    assert patterns.weigh(test, [], [], Standing(Level.RAISED, AgeBand.SECONDARY)).grade == 3


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_the_board_in_a_terminal_stays_open_and_a_number_acknowledges(
    collector: LiveCollector,
) -> None:
    import pty
    import select
    import subprocess

    (first,) = raise_alerts(collector.device(), {})
    ours, theirs = pty.openpty()
    words = ("--state", str(collector.settings.folder), "alert", "watch", "--by", "dsl")
    board = subprocess.Popen(
        [sys.executable, "-m", "tutelage_collector.cli", *words],
        stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    seen = ""

    def wait_for(text: str) -> None:
        nonlocal seen
        while text not in seen:
            ready, _, _ = select.select([ours], [], [], 30)
            assert ready, seen
            seen += os.read(ours, 65_536).decode("utf-8", "replace")

    try:
        wait_for("5 urgent")
        (second,) = raise_alerts(collector.device(), {"subcategory": "sextortion"})
        wait_for("sextortion")
        os.write(ours, b"9\r")
        wait_for("There is no number 9.")
        os.write(ours, b"1\r")
        wait_for("Number 1: dsl looks at it.")
        with collector.store() as store:
            assert store.alert_states([first])[first].changed_by == "dsl"
            assert store.alert_states([second])[second].standing is AlertStanding.NEW
        os.write(ours, b"q")
        assert board.wait(30) == 0
    finally:
        board.kill()
        board.wait()
        os.close(ours)
