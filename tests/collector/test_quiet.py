"""A device that should be heard and is not is told to somebody, and nobody is flooded."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from browsing import signed_in, token
from example_rota import ROTA
from live_collector import SCHOOL, LiveCollector, detection_event, heartbeat
from processes import wait_until
from tutelage_collector.cli.main import main
from tutelage_collector.config import Quiet
from tutelage_collector.notify import settings
from tutelage_collector.notify.message import Message
from tutelage_collector.notify.outbox import Outbox
from tutelage_collector.quiet import decide
from tutelage_collector.quiet.hours import SchoolHours
from tutelage_collector.quiet.watch import QuietWatch
from tutelage_collector.rota import document, keeping
from tutelage_collector.rota.model import WayKind
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_escalation import NoticeState
from tutelage_collector.store.records_quiet import About, Audience, Ended, Handling, Sign, Why
from tutelage_wire import codec, times
from tutelage_wire.events import DeviceId, Grade, IntegrityFinding, IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from live_collector import Device
    from receivers import MailServer
    from tutelage_collector.rota import Rota
    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records_quiet import Spell

MONDAY = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)
AFTER = timedelta(seconds=150)
ICT = '\n[[person]]\nid = "ict-1"\nduty = "ict"\nways = ["email:ict@school.example"]\n'


def rota() -> Rota:
    return document.loads(ROTA + ICT, SCHOOL)


def sign(number: int = 1, seconds: float = 200, farewell: str = "", **changes: object) -> Sign:
    made = Sign(
        DeviceId(f"{number:064x}"), SCHOOL, "", "pupil", MONDAY - timedelta(seconds=seconds),
        farewell, muted=False,
    )  # fmt: skip
    return replace(made, **changes)


def begun(
    *signs: Sign, now: datetime = MONDAY, since: timedelta = timedelta(hours=1)
) -> list[Spell]:
    hours = SchoolHours(None, rota())
    ids = map(str, itertools.count())
    return decide.changes(
        signs, (), hours.open_at, now - since, now, AFTER, lambda: next(ids)
    ).begun


def told(
    spells: list[Spell], heard: int = 30, now: datetime = MONDAY + timedelta(minutes=2),
    ict: list[datetime] | None = None, of_concern: tuple[Sign, ...] = (),
) -> list[tuple[str, str]]:  # fmt: skip
    school = decide.School(
        SCHOOL, rota(), spells, heard, {one.device_id for one in of_concern}, ict or [], []
    )
    found, _ = decide.tellings(school, Quiet(), now)
    return [(one.audience.value, one.about.value) for one in found]


def test_a_device_that_missed_more_than_two_heartbeats_without_a_word_is_quiet() -> None:
    assert [one.why for one in begun(sign(seconds=151))] == [Why.UNEXPLAINED]
    assert begun(sign(seconds=140)) == []


@pytest.mark.parametrize("said", [IntegrityKind.DEVICE_OFF, IntegrityKind.DEVICE_ASLEEP])
def test_a_device_that_said_goodbye_is_not_quiet(said: IntegrityKind) -> None:
    assert begun(sign(farewell=said.value)) == []


def test_an_agent_that_was_stopped_while_its_device_stays_on_is_quiet_and_says_which() -> None:
    assert [one.why for one in begun(sign(farewell="agent_stopped"))] == [Why.STOPPED]


def test_nobody_is_quiet_outside_of_the_schools_hours_days_and_terms() -> None:
    for moment in (
        datetime(2026, 11, 30, 17, 30, tzinfo=UTC),  # after the day's end
        datetime(2026, 11, 29, 10, tzinfo=UTC),  # a Sunday
        datetime(2026, 12, 28, 10, tzinfo=UTC),  # Christmas holidays
    ):
        here = sign(last_seen_at=moment - timedelta(minutes=10))
        assert begun(here, now=moment) == []


def test_a_device_that_was_last_heard_before_school_or_yesterday_is_not_quiet() -> None:
    assert begun(sign(seconds=3 * 3600)) == []
    assert begun(sign(seconds=86_400)) == []


def test_what_a_person_owns_is_nobodys_to_expect() -> None:
    assert begun(sign(profile="personal")) == []


def test_devices_are_not_blamed_for_what_a_stopped_collector_did_not_hear() -> None:
    assert begun(sign(seconds=600), since=timedelta(seconds=100)) == []
    assert len(begun(sign(seconds=600), since=timedelta(seconds=200))) == 1


def test_one_fault_of_many_devices_is_one_message_after_a_minute_in_which_they_gather() -> None:
    spells = begun(*(sign(one) for one in range(20)))
    assert told(spells, now=MONDAY + timedelta(seconds=59)) == []
    assert told(spells) == [("ict", "many")]
    assert told(spells[:2]) == [("ict", "devices")]


def test_between_two_messages_there_is_a_pause_and_a_day_has_a_cap() -> None:
    spells, now = begun(sign()), MONDAY + timedelta(minutes=2)
    assert told(spells, ict=[now - timedelta(minutes=14)]) == []
    assert told(spells, ict=[now - timedelta(minutes=15)]) == [("ict", "devices")]
    many = [now - timedelta(minutes=20 * one) for one in range(6, 0, -1)]
    assert told(spells, ict=many) == []


def test_the_lead_is_told_of_a_device_of_a_recent_concern_and_of_a_whole_school_alone() -> None:
    spells = begun(sign(1), sign(2))
    assert told(spells) == [("ict", "devices")]
    assert told(spells, of_concern=(sign(2),)) == [("dsl", "concern"), ("ict", "devices")]
    whole = begun(*(sign(one) for one in range(28)))
    assert told(whole, heard=30) == [("dsl", "school"), ("ict", "many")]


def test_who_is_muted_or_acknowledged_is_told_to_nobody() -> None:
    [muted] = begun(sign(muted=True))
    assert muted.handling is Handling.MUTED
    assert told([muted]) == []
    [taken] = begun(sign())
    assert told([replace(taken, acknowledged_at=MONDAY)]) == []


def test_ict_has_no_hours_on_duty_for_alerts() -> None:
    with pytest.raises(Exception, match="never of alerts"):
        document.loads(ROTA + ICT + '\n[[cover]]\nperson = "ict-1"\ndays = "mon-fri"\n', SCHOOL)


def test_a_goodbye_stands_until_the_device_is_heard_again(
    collector: LiveCollector, credentials: Credentials
) -> None:
    device = collector.device()

    def farewell() -> str:
        with collector.store() as store:
            [one] = store.signs(times.utc_now())
            [view] = store.devices()
            assert view.farewell in {one.farewell, "device_awake"}
            return one.farewell

    def says(kind: IntegrityKind) -> None:
        device.send(device.batch_of(IntegrityFinding(kind, "invented")))

    device.send(device.batch_of(heartbeat()))
    assert farewell() == ""
    says(IntegrityKind.DEVICE_ASLEEP)
    assert farewell() == "device_asleep"
    with signed_in(collector, credentials, Role.ICT) as browser:
        assert "asleep, as it said" in browser.get(f"/devices/{device.id}").text
        assert "asleep, as it said" in browser.get("/coverage").text
    with collector.store() as store:
        store.rebuild()
    assert farewell() == "device_asleep"
    says(IntegrityKind.DEVICE_AWAKE)
    assert farewell() == ""
    says(IntegrityKind.DEVICE_OFF)
    device.send(device.batch_of(heartbeat()))
    assert farewell() == ""


class School:
    """A collector on a Monday at ten, its watch and outbox, and a real mail server."""

    def __init__(self, folder: Path, post: MailServer) -> None:
        settings.save(folder, settings.Notifiers(email=post.settings))
        self.folder, self.post = folder, post
        local = times.utc_now()
        monday = local + timedelta(days=(7 - local.weekday()) % 7 or 7)
        self.ahead = monday.replace(hour=10) - local
        self.collector = LiveCollector(folder, self.clock)

    def clock(self) -> datetime:
        return times.utc_now() + self.ahead

    def run(self, minutes: float) -> list[str]:
        """Look at once, and for so many minutes; return to whom what was told."""
        before = len(self.post.mails)
        with self.collector.store() as store:
            keeping.save(store, replace(rota(), terms=()), "dsl", self.clock())
            watch = QuietWatch(store, Quiet())
            outbox = Outbox(self.folder, store, self.clock, "https://school", print)
            for _ in range(int(2 * minutes)):
                watch.tick(self.clock())
                self.ahead += timedelta(seconds=30)
            outbox.deliver(WayKind.EMAIL)
            going = {NoticeState.WAITING, NoticeState.SENDING}
            wait_until(lambda: not {one.state for one in store.notices()} & going)
        return [f"{one['To']}: {one['Subject']}" for one in self.post.mails[before:]]


@pytest.fixture
def school(folder: Path, post: MailServer) -> Iterator[School]:
    made = School(folder, post)
    with made.collector:
        yield made


def heard(collector: LiveCollector, count: int) -> list[Device]:
    bundle = collector.bundle(quota=count, days=9)
    devices = [collector.device(f"LIB-PC-{one:02}", bundle) for one in range(count)]
    for one in devices:
        one.send(one.batch_of(heartbeat()))
    return devices


def test_one_quiet_device_is_one_mail_to_ict_without_its_name(school: School) -> None:
    heard(school.collector, 1)
    assert school.run(2.4) == []
    assert school.run(10) == ["ict@school.example: Tutelage: 1 device went quiet"]
    body = school.post.mails[-1].get_content()  # type: ignore[attr-defined]
    assert "/quiet" in body
    assert "LIB-PC" not in body
    assert school.run(30) == []


def test_a_device_that_is_back_before_the_message_leaves_is_told_to_nobody(school: School) -> None:
    [device] = heard(school.collector, 1)
    with school.collector.store() as store:
        watch, now = QuietWatch(store, Quiet()), school.clock()
        keeping.save(store, replace(rota(), terms=()), "dsl", now)
        for seconds in range(0, 181, 30):
            watch.tick(now + timedelta(seconds=seconds))
        assert len(store.spells(open_only=True)) == 1
        device.send(device.batch_of(heartbeat()))
        watch.tick(now + timedelta(seconds=150))
        assert [one.ended for one in store.spells()] == [Ended.HEARD]
    assert school.post.mails == []


def test_a_device_of_a_concern_is_told_to_the_lead_who_learns_which_from_nobody_else(
    school: School, folder: Path
) -> None:
    device, _ = heard(school.collector, 2)
    event = detection_event(device, grade=Grade.TREND)
    device.send(device.close_batch([codec.encode_event(event)]))
    assert main(["--state", str(folder), "concern", "create", event.id, "--by", "dsl"]) == 0
    assert sorted(school.run(10)) == [
        "deputy@school.example: Tutelage: a device that had to do with a concern went quiet",
        "dsl@school.example: Tutelage: a device that had to do with a concern went quiet",
        "ict@school.example: Tutelage: 2 devices went quiet",
    ]
    for one in school.post.mails:
        if one["To"] == "ict@school.example":
            assert "concern" not in one.get_content()  # type: ignore[attr-defined]


def test_the_page_shows_who_is_quiet_and_ict_takes_it_up_or_mutes_it(
    school: School, credentials: Credentials
) -> None:
    [device] = heard(school.collector, 1)
    school.run(10)
    with signed_in(school.collector, credentials, Role.ICT) as browser:
        page = browser.get("/quiet").text
        assert "LIB-PC-00" in page
        assert "ICT was told" in page
        form = {"form_token": token(browser, "/quiet"), "note": "battery empty"}
        answer = browser.post(f"/quiet/{device.id}/acknowledge", data=form)
        assert answer.status_code == 303
        assert "battery empty" in browser.get("/quiet").text
        form = {"form_token": token(browser, "/quiet"), "days": "7", "reason": "in repair"}
        assert browser.post(f"/quiet/{device.id}/mute", data=form).status_code == 303
        assert "in repair" in browser.get("/quiet").text
        form = {"form_token": token(browser, "/quiet")}
        assert browser.post(f"/quiet/{device.id}/unmute", data=form).status_code == 303
    with signed_in(school.collector, credentials, Role.DSL) as browser:
        assert "LIB-PC-00" in browser.get("/quiet").text
        form = {"form_token": token(browser, "/quiet")}
        assert browser.post(f"/quiet/{device.id}/acknowledge", data=form).status_code == 403


def test_many_are_taken_up_with_one_press(school: School, credentials: Credentials) -> None:
    heard(school.collector, 4)
    assert school.run(10) == ["ict@school.example: Tutelage: 4 devices went quiet"]
    with signed_in(school.collector, credentials, Role.ICT) as browser:
        assert "4 devices wait" in browser.get("/quiet").text
        form = {"form_token": token(browser, "/quiet"), "note": "the switch of the library"}
        assert browser.post("/quiet/acknowledge", data=form).status_code == 303
        assert "devices wait" not in browser.get("/quiet").text
    with school.collector.store() as store:
        assert not [one for one in store.spells(open_only=True) if one.waits]


def test_the_terminal_lists_acknowledges_and_mutes(
    school: School, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [device] = heard(school.collector, 1)
    school.run(10)
    state = ["--state", str(folder)]
    capsys.readouterr()
    assert main([*state, "quiet", "list", "--json"]) == 1
    [row] = json.loads(capsys.readouterr().out)
    assert row["name"] == "LIB-PC-00"
    assert main([*state, "quiet", "acknowledge", device.id[:12], "--note", "seen"]) == 0
    assert main([*state, "quiet", "acknowledge", device.id[:12]]) == 2
    assert main([*state, "quiet", "list"]) == 0
    assert main([*state, "quiet", "mute", device.id[:12], "--reason", "in repair"]) == 0
    assert main([*state, "quiet", "unmute", device.id[:12]]) == 0
    assert main([*state, "quiet", "acknowledge", "all"]) == 0
    with school.collector.store() as store:
        done = {one.action for one in store.audit_rows()}
    assert {"quiet device acknowledged", "quiet device muted", "quiet device unmuted"} <= done


def test_a_message_about_devices_holds_numbers_and_no_names() -> None:
    from tutelage_collector.store.records_quiet import QuietNews

    for about in About:
        for audience in Audience:
            news = QuietNews(audience, about, 34, 40)
            message = Message("1", 0, 34, "https://c/quiet", MONDAY, news)
            assert message.kind == "quiet"
            assert message.title.startswith("Tutelage: ")
            assert "https://c/quiet" in message.body
