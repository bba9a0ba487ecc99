"""Messages to people: TLS and passwords, outages without loss, exactly one a person and step."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import receivers
from example_rota import FRIDAY_NIGHT, ROTA
from live_collector import Device, LiveCollector, detection_event
from receivers import Hook, MailServer
from tutelage_collector import acknowledging, config, state
from tutelage_collector.escalation.watch import Watch
from tutelage_collector.notify import health, settings
from tutelage_collector.notify.outbox import Outbox
from tutelage_collector.rota import document, keeping
from tutelage_collector.rota.model import WayKind
from tutelage_collector.store.records import Append
from tutelage_collector.store.records_escalation import NoticeState
from tutelage_wire import codec, times
from tutelage_wire.batch import head_of
from tutelage_wire.events import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tutelage_collector.store import Store
    from tutelage_wire.events import EventId

MINUTE = timedelta(minutes=1)


class School:
    """A collector's escalation with a clock that the test turns."""

    def __init__(self, folder: Path, store: Store, device: Device) -> None:
        self.now = FRIDAY_NIGHT
        self.said: list[str] = []
        self.folder, self.store, self.device = folder, store, device
        self.start()

    def start(self) -> None:
        """Begin as after a restart: nothing is remembered but what is stored."""
        self._watch = Watch(self.store)
        self.outbox = Outbox(
            self.folder, self.store, lambda: self.now, "https://collector.example", self.said.append
        )
        self.outbox.recover()

    def wait(self, minutes: float, step: float = 0.5) -> None:
        """Let time pass, as a running collector sees it."""
        for _ in range(int(minutes / step)):
            self.turn()
            self.now += step * MINUTE

    def turn(self) -> None:
        """Do what is due now."""
        self._watch.tick(self.now)
        for kind in WayKind:
            self.outbox.deliver(kind)
        self._watch.tick(self.now)


@pytest.fixture
def school(folder: Path, post: MailServer, hook: Hook) -> Iterator[School]:
    """A school with a rota, a mail server and a webhook, on a Friday at 22:40."""
    with LiveCollector(folder) as live:
        device = live.device()
    settings.save(folder, receivers.notifiers(post, hook))
    found = config.load(folder)
    with closing(state.open_store(found)) as store:
        text = ROTA.replace('"other:on-call"', '"email:night@school.example", "webhook:desk"')
        keeping.save(
            store, document.loads(text, found.school), "dsl", FRIDAY_NIGHT - timedelta(days=1)
        )
        yield School(folder, store, device)


def raise_alerts(school: School, *changes: dict[str, object]) -> list[EventId]:
    """Store detections of a device as if they had come now; nothing serves meanwhile."""
    made = [detection_event(school.device, **one) for one in changes]
    batch = school.device.close_batch([codec.encode_event(one) for one in made])
    header = codec.decode_header(batch.header)
    item = Append(
        codec.encode_batch(batch), batch, header, head_of(batch.header),
        school.device.bundle.school_id, times.to_ms(school.now),
    )  # fmt: skip
    (stored,) = school.store.append([item])
    assert len(stored.alerts) == len(made)
    return [one.id for one in made]


def test_a_friday_night_reaches_a_person_by_both_ways_and_climbs_until_somebody_answers(
    school: School, post: MailServer, hook: Hook
) -> None:
    (first,) = raise_alerts(school, {})
    school.wait(31)
    assert post.recipients == ["night@school.example"] * 5 + ["head@school.example"]
    assert len(hook.bodies) == 5
    assert hook.bodies[0]["open"] == f"https://collector.example/alerts/{first}"
    acknowledging.acknowledge(school.store, first, "head", school.now)
    count = len(post.raw)
    school.wait(60 * 30, step=5)
    assert len(post.raw) == count


def test_an_hour_without_mail_and_with_a_failing_webhook_loses_nothing_and_resumes_once(
    school: School, post: MailServer, hook: Hook
) -> None:
    post.down()
    hook.answer = 500
    raise_alerts(school, {})
    school.wait(60)
    assert post.raw == []
    assert hook.bodies == []
    waiting = school.store.notices(state=NoticeState.WAITING)
    assert {(one.person, one.way.partition(":")[0]) for one in waiting} == {
        ("night-1", "email"), ("night-1", "webhook"), ("head-1", "email"),
    }  # fmt: skip
    said = health.troubles(school.store, None, school.now)
    assert said[0].startswith("E-mail does not get through: the mail server does not answer")
    assert "2 messages wait; nothing is lost" in said[0]
    assert "The webhook does not get through: the webhook answered 500. 1 message" in said[1]
    assert [one for one in school.said if one.startswith("E-mail does not")] == [school.said[0]]
    post.up()
    hook.answer = 200
    school.wait(6)
    # Each person once, although both were told many times in that hour.
    assert sorted(post.recipients) == ["head@school.example", "night@school.example"]
    assert len(hook.bodies) == 1
    assert "E-mail gets through again." in school.said
    ids = [str(one["Message-ID"]) for one in post.mails]
    assert len(set(ids)) == len(ids)


def test_what_was_acknowledged_before_it_could_be_sent_is_not_sent(
    school: School, post: MailServer
) -> None:
    post.down()
    (first,) = raise_alerts(school, {})
    school.wait(2)
    acknowledging.acknowledge(school.store, first, "dsl", school.now)
    post.up()
    school.wait(20)
    assert post.raw == []
    states = {one.way: one.state for one in school.store.notices()}
    assert states["email:night@school.example"] is NoticeState.WITHDRAWN


def test_who_cannot_be_reached_for_good_is_passed_over_at_once_and_it_is_on_the_list(
    school: School, post: MailServer, hook: Hook
) -> None:
    post.refuse, hook.answer = "550 nobody", 410
    raise_alerts(school, {})
    school.turn()
    post.refuse = ""
    school.wait(2)
    dead = school.store.notices(state=NoticeState.DEAD)
    assert len(dead) == 2
    assert any("were given up" in one for one in health.troubles(school.store, None, school.now))
    assert school.store.retry_notices(school.now) == 2
    hook.answer = 200
    school.wait(1)
    assert post.recipients[0] == "night@school.example"
    assert len(hook.bodies) == 1


def test_a_restart_in_the_middle_goes_on_where_it_stood(school: School, post: MailServer) -> None:
    raise_alerts(school, {})
    school.wait(7)
    before = post.recipients
    school.now += 60 * MINUTE  # the collector was down
    school.start()
    school.wait(4)
    assert post.recipients == [*before, "night@school.example"]


def test_a_message_that_was_on_its_way_when_the_collector_died_is_sent_again_with_its_id(
    school: School, post: MailServer
) -> None:
    raise_alerts(school, {})
    school._watch.tick(school.now)
    claimed = school.store.claim_notice("email", school.now)
    assert claimed is not None
    school.start()
    school.turn()
    assert str(post.mails[0]["Message-ID"]).startswith(f"<{claimed[0].id}@")


def test_thirty_alerts_of_one_pupil_and_ten_pupils_at_once_are_one_message_each_time(
    school: School, post: MailServer, hook: Hook
) -> None:
    raise_alerts(school, *[{} for _ in range(30)])
    school.turn()
    assert [one["waiting"] for one in hook.bodies] == [1]
    school.now += timedelta(seconds=10)
    raise_alerts(school, *[{"account": f"pupil-{number}"} for number in range(10)])
    school.turn()
    assert [one["waiting"] for one in hook.bodies] == [1, 10]
    assert "10 alerts wait, the most urgent of grade 5" in post.raw[-1].decode()


def test_a_clock_that_goes_back_an_hour_keeps_nobody_waiting(
    school: School, post: MailServer
) -> None:
    raise_alerts(school, {})
    school.wait(2)
    school.now -= 60 * MINUTE
    school.wait(6)
    assert len(post.raw) == 2


def test_a_clock_that_jumps_ahead_a_week_is_no_flood(school: School, post: MailServer) -> None:
    raise_alerts(school, {})
    school.wait(2)
    school.now += timedelta(days=7)
    school.turn()
    assert len(post.raw) == 2


def test_a_digest_and_a_same_day_alert_come_at_their_times(
    school: School, post: MailServer
) -> None:
    raise_alerts(
        school, {"grade": Grade.DIGEST, "account": "a"}, {"grade": Grade.SAME_DAY, "account": "b"}
    )
    school.turn()
    assert post.raw == []
    says = {one.grade: one.says for one in school.store.episodes()}
    assert says[3] == "At 08:30 on Monday 30 November somebody is told."
    assert says[2] == "At 15:30 on Monday 30 November the digest goes out."
    school.now = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
    school.turn()
    assert post.recipients == ["dsl@school.example"]
    school.now = datetime(2026, 11, 30, 15, 31, tzinfo=UTC)
    school.turn()
    assert "daily digest: 1 entry waits" in post.raw[-1].decode()


def test_no_message_no_line_said_and_no_log_holds_a_rule_a_name_or_a_word(
    school: School, post: MailServer, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    raise_alerts(school, {})
    hook.answer = 500
    school.wait(30)
    logged = "\n".join(
        one.getMessage() for one in caplog.records if one.name.startswith("tutelage")
    )
    assert "not delivered by webhook" in logged
    everything = b"\n".join([*post.raw, *hook.raw]).decode() + "\n".join(school.said) + logged
    for secret in ("invented sentence", "pupil.invented", "essay", "content.test", "self_harm",
                   "self-harm", "a1b2c3d4", receivers.SECRET, receivers.PASSWORD):  # fmt: skip
        assert secret not in everything.lower() or secret in receivers.ACCOUNT
    assert not re.search(r"[a-z]+@school\.example", "\n".join(school.said) + logged)
