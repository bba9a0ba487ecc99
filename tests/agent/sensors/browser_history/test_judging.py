"""What lists make of visits: a finding, a count, a category; and what leaves of each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tutelage_agent.detection import ListedSites, Subject
from tutelage_agent.sensors.browser_history import CategoryCounts, VisitJudge
from tutelage_agent.sensors.browser_history.visits import Visit
from tutelage_agent.sensors.lists import DomainList, Lists
from tutelage_agent.sensors.lists.domains import dumps, loads, new_salt
from tutelage_agent.sensors.policy import NonWork, SensorPolicy
from tutelage_agent.sensors.usage import Visited
from tutelage_wire import sealed
from tutelage_wire.events import AgeBand, DetectionFinding, Grade
from tutelage_wire.sealed import SealContext

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


class Kept:
    """Stands where the reporter stands."""

    def __init__(self):
        self.bodies, self.ids = [], []

    def report(self, body, event_id=None):
        self.bodies.append(body)
        self.ids.append(event_id)


def listed(id, *names, restricted=False, **head):
    salt = new_salt() if restricted else b""
    made = DomainList(id, id.title(), id, date(2026, 11, 1), "", salt=salt, **head)
    return loads(dumps(made, names), f"{id}.list")


LISTS = Lists(
    (
        listed("games", "play.example"),
        listed("casino", "casino.example", grade=3),
        listed("sealed", "secret.example", grade=5, restricted=True),
    )
)


class Desk:
    def __init__(self, folder, policy=SensorPolicy()):  # noqa: B008 - frozen
        self.kept, self.policy = Kept(), policy
        self.private = X25519PrivateKey.generate()
        self.subject = Subject(
            "trust", "d" * 32, AgeBand.SECONDARY, b"k" * 32,
            (self.private.public_key().public_bytes_raw(),), b"r" * 32,
        )  # fmt: skip
        self.visited = Visited()
        self.counts = CategoryCounts(folder / "categories.json")
        self.judge = VisitJudge(
            lambda: LISTS, lambda: self.policy, self.counts, self.visited,
            listed=ListedSites(self.subject, self.kept).visited,
            report=lambda counts: self.kept.report(counts, self.subject.counts_id(counts)),
            pseudonym=self.subject.pseudonym,
        )  # fmt: skip

    def visit(self, url, at=NOW):
        self.judge.judge(Visit(1, url, "a title", "", at), "a.pupil")

    def opened(self, number=0):
        body = self.kept.bodies[number]
        context = SealContext("trust", "d" * 32, self.kept.ids[number])
        return sealed.open_sealed(body.sealed, self.private, context)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_visit_to_a_list_with_a_grade_is_a_finding_that_names_the_list(desk):
    desk.visit("https://www.casino.example/table?me=telling")
    (body,) = desk.kept.bodies
    assert isinstance(body, DetectionFinding)
    assert (body.rule_id, body.grade) == ("list.casino", Grade.SAME_DAY)
    assert "casino.example" not in repr(body)
    assert "telling" not in repr(body)
    assert desk.opened().source == "www.casino.example"


def test_of_a_restricted_list_not_even_the_lead_is_told_the_site(desk):
    desk.visit("https://secret.example/page")
    assert desk.kept.bodies[0].grade is Grade.WITHIN_5_MINUTES
    content = desk.opened()
    assert "secret" not in repr(content)
    assert "Sealed" in content.excerpt


def test_ten_minutes_of_a_site_are_one_finding_and_the_same_visit_again_the_same_event(desk):
    for second in range(60):
        desk.visit(f"https://casino.example/{second}", NOW + timedelta(seconds=second))
    assert len(desk.kept.bodies) == 1
    desk.visit("https://casino.example/", NOW + timedelta(minutes=11))
    assert len(desk.kept.bodies) == 2
    again = ListedSites(desk.subject, desk.kept)
    desk.judge._listed = again.visited
    desk.visit("https://casino.example/0", NOW)
    assert desk.kept.ids[2] == desk.kept.ids[0]


def test_nothing_is_counted_or_kept_where_the_policy_does_not_say_so(desk, tmp_path):
    for url in ("https://play.example", "https://other.example"):
        desk.visit(url)
    desk.judge.settle(NOW + timedelta(days=1))
    assert desk.kept.bodies == []
    assert list(tmp_path.iterdir()) == []


def test_counts_by_category_leave_the_day_after_without_a_site(tmp_path):
    desk = Desk(tmp_path, SensorPolicy(category_counts=True))
    for url in ("https://play.example/a", "https://play.example/b", "https://other.example"):
        desk.visit(url)
    desk.judge.settle(NOW)
    assert desk.kept.bodies == [], "not before the day is over"
    kept = (tmp_path / "categories.json").read_text()
    assert "example" not in kept
    assert "pupil" not in kept
    later = Desk(tmp_path, SensorPolicy(category_counts=True))
    later.judge.settle(NOW + timedelta(days=1))
    later.judge.settle(NOW + timedelta(days=1))
    (told,) = later.kept.bodies
    assert told.counts == (("games", 2), ("unlisted", 1))
    assert told.account == desk.subject.pseudonym("a.pupil")


def test_counts_are_dropped_when_the_policy_stops_asking_for_them(tmp_path):
    desk = Desk(tmp_path, SensorPolicy(category_counts=True))
    desk.visit("https://play.example/a")
    desk.judge.settle(NOW)
    desk.policy = SensorPolicy()
    desk.judge.settle(NOW + timedelta(days=1))
    assert desk.kept.bodies == []
    assert (tmp_path / "categories.json").read_text() == "{}"


def test_the_category_that_is_read_is_known_only_where_a_share_is_asked_for(tmp_path):
    desk = Desk(tmp_path)
    desk.visit("https://play.example/a")
    assert desk.visited.category("a.pupil", NOW) == ""
    desk.policy = SensorPolicy(non_work=NonWork(enabled=True))
    desk.visit("https://play.example/a")
    assert desk.visited.category("a.pupil", NOW) == "games"
