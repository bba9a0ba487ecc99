"""Which sensors run, as the policy says: real file sensor, real policy, a clock that we turn."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

import signed_policy
from ceremony import Ceremony
from obeying_device import Collector, Device
from plain_extractor import PlainExtractor
from processes import wait_until
from tutelage_agent.sensors.files import FilesSensor, Root
from tutelage_agent.sensors.observation import observation
from tutelage_agent.watching import Watching
from tutelage_wire.events import Channel, IntegrityKind, SensorState

HOURS = {"day": {"spans": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00",
                            "to": "16:00"}]}}  # fmt: skip
PUPIL = {"pupil": {"sensors": ["files"], "hours": "day", "accounts_left_out": ["Backup"]}}


class Seen:
    """A detector that keeps what it is shown."""

    pack = "small@1.0.0#0123456789abcdef"

    def __init__(self):
        self.texts = []

    def observe(self, one):
        self.texts.append(one.text)


class Reading(PlainExtractor):
    """Notes the name of each document whose content was asked for."""

    def __init__(self):
        super().__init__()
        self.names = []

    def extract(self, stream, name):
        self.names.append(name)
        return super().extract(stream, name)


class School:
    def __init__(self, tmp_path):
        self.people, self.collector = Ceremony("ret"), Collector()
        self.device = Device(tmp_path / "device", self.people)
        self.documents = tmp_path / "Documents"
        self.documents.mkdir()
        self.detector, self.extractor, self.told = Seen(), Reading(), []
        self.made = []
        sensor = FilesSensor(lambda: [Root(str(self.documents), "pupil")],
                             tmp_path / "files.cursor", self.extractor)  # fmt: skip
        self.watching = Watching([sensor], self.detect, self.device.in_force, self.told.append,
                                 lambda: self.device.now)  # fmt: skip

    def detect(self, pack):
        self.made.append(pack)
        return self.detector

    def at(self, text):
        self.device.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        self.watching.settle()

    def policy(self, version, **changes):
        document = signed_policy.signed(self.people, version, **changes)
        self.device.keeper.offered(self.collector.offer(document), self.collector.fetch)
        assert self.device.version == version
        self.watching.settle()

    def save(self, name, text):
        (self.documents / name).write_text(text, encoding="utf-8")

    @property
    def state(self):
        return self.watching.reports()[0]


@pytest.fixture
def school(tmp_path):
    made = School(tmp_path)
    yield made
    made.watching.stop()


def test_hours_start_and_stop_a_sensor(school):
    school.policy(1, hours=HOURS, profile=PUPIL)
    school.at("2026-11-25 09:00")
    assert school.watching.runs("files")
    assert school.watching.pause(86_400) == pytest.approx(7 * 3600, abs=1)
    school.at("2026-11-25 16:00")
    assert (school.state.state, school.state.reason) == (
        SensorState.OUT_OF_SCOPE, "outside of the hours that the policy gives",
    )  # fmt: skip
    school.at("2026-10-28 09:00")
    assert school.state.reason == "the school is closed"
    school.at("2026-11-26 08:00")
    assert school.watching.runs("files")


def test_what_was_written_out_of_hours_is_not_read_in_the_morning(school, tmp_path):
    school.save("diary.txt", "what I think at night")
    time.sleep(0.05)
    morning = datetime.now(UTC)
    time.sleep(0.05)
    school.save("essay.txt", "an essay")
    sensor = school.watching._sensors[0]
    sensor.start(school.detector.observe, lambda moment: moment >= morning)
    try:
        wait_until(lambda: "an essay" in school.detector.texts, 20)
    finally:
        sensor.stop()
    assert school.extractor.names == ["essay.txt"]
    assert sorted(school.detector.texts) == ["an essay", "essay.txt"]


def test_accounts_that_are_left_out_are_never_matched(school):
    school.policy(1, profile={"pupil": {"sensors": ["files"], "accounts_left_out": ["Backup"]}})
    emit = school.watching._emit_of("files")
    for account in ("backup", "SCHOOL\\Backup", "pupil"):
        emit(observation(f"of {account}", Channel.FILE, account=account, source="/a",
                         occurred_at=school.device.now))  # fmt: skip
    assert school.detector.texts == ["of pupil"]


def test_the_end_of_the_lawful_basis_is_said_once_and_so_is_the_next_one(school):
    school.policy(1)
    assert school.watching.runs("files")
    school.at("2027-09-01 12:00")
    school.at("2027-09-01 12:01")
    assert not school.watching.runs("files")
    assert [one.kind for one in school.told] == [IntegrityKind.MONITORING_STOPPED]
    basis = {**signed_policy.body()["basis"], "signed_on": "2027-09-01", "expires_on": "2028-08-31"}
    school.policy(2, basis=basis)
    assert school.watching.runs("files")
    assert [one.kind for one in school.told][1:] == [IntegrityKind.MONITORING_RESUMED]


def test_no_pack_is_read_where_nothing_is_watched(school):
    school.policy(1, profile={"pupil": {"sensors": []}})
    assert (school.made, school.watching.pack) == ([], "")
    school.policy(2)
    assert school.made == [None]


def test_a_pack_that_cannot_be_opened_is_said_once_and_stops_no_agent(school):
    school.watching._make_detector = lambda _: 1 / 0
    for _ in range(3):
        school.watching.settle()
    assert [one.detail for one in school.told] == ["pack: ZeroDivisionError"]
    assert not school.watching.runs("files")
