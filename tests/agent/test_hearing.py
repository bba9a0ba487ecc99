from __future__ import annotations

from datetime import UTC, datetime

from tutelage_agent.detection import Subject
from tutelage_agent.hearing import MOST_AT_ONCE, REFILL_EVERY, Listener
from tutelage_agent.sensors.observation import Signal, SignalKind
from tutelage_wire.events import AgeBand, IctFinding, IntegrityFinding

NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
SUBJECT = Subject("trust", "d" * 32, AgeBand.SECONDARY, b"k" * 32, (), b"r" * 32)


class Kept:
    """Stands where the reporter stands: holds what would go to the spool."""

    def __init__(self):
        self.bodies, self.ids = [], []

    def report(self, body, event_id=None):
        self.bodies.append(body)
        self.ids.append(event_id)


def signal(detail="program: exe", **more):
    return Signal(SignalKind.DANGEROUS_DOWNLOAD, detail, NOW, account="A.Pupil", **more)


def test_an_account_leaves_as_its_pseudonym():
    kept = Kept()
    Listener(kept, SUBJECT, lambda: NOW).hear(signal())
    (body,) = kept.bodies
    assert isinstance(body, IctFinding)
    assert body.account == SUBJECT.pseudonym("a.pupil")
    assert "upil" not in repr(body)


def test_the_same_told_again_is_the_same_event_and_another_is_not():
    kept = Kept()
    listener = Listener(kept, SUBJECT, lambda: NOW)
    for about in ("/home/a/x.exe|1|2", "/home/a/x.exe|1|2", "/home/a/y.exe|1|2"):
        listener.hear(signal(about=about))
    assert kept.ids[0] == kept.ids[1] != kept.ids[2]


def test_a_source_that_pours_is_counted_and_told_as_one():
    kept, now = Kept(), [0.0]
    listener = Listener(kept, SUBJECT, lambda: NOW, lambda: now[0])
    for _ in range(5_000):
        listener.hear(signal())
    assert len(kept.bodies) == MOST_AT_ONCE
    listener.tell_held()
    listener.tell_held()
    assert len(kept.bodies) == MOST_AT_ONCE + 1
    assert kept.bodies[-1].detail == f"{5_000 - MOST_AT_ONCE} more"
    now[0] = REFILL_EVERY * 2
    listener.hear(signal("later"))
    assert kept.bodies[-1].detail == "later"


def test_one_kind_that_pours_leaves_room_for_the_others():
    kept = Kept()
    listener = Listener(kept, SUBJECT, lambda: NOW)
    for _ in range(100):
        listener.hear(Signal(SignalKind.FILE_UNINSPECTABLE, "malformed:pdf", NOW))
    listener.hear(signal())
    assert isinstance(kept.bodies[0], IntegrityFinding)
    assert isinstance(kept.bodies[-1], IctFinding)
