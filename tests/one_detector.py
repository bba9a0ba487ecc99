"""One device's detector over a real spool, with a clock that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from tutelage_agent.config import SpoolSettings
from tutelage_agent.context import Answering, ContextRing
from tutelage_agent.detection import Detector, Subject
from tutelage_agent.errors import SpoolError
from tutelage_agent.reporter import Reporter
from tutelage_agent.sensors.observation import observation
from tutelage_agent.spool import Chain, Spool
from tutelage_wire import codec
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import AgeBand, Channel, DetectionFinding, DeviceId, Event

if TYPE_CHECKING:
    from tutelage_policy.match import Matcher

FIRST = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
KEY = x25519.X25519PrivateKey.generate()
SUBJECT = Subject(
    "ret",
    DeviceId("ab" * 16),
    AgeBand.SECONDARY,
    b"s" * 32,
    (KEY.public_key().public_bytes_raw(),),
    b"r" * 32,
)
CHAIN = Chain("ret", SUBJECT.device_id, ed25519.Ed25519PrivateKey.generate().sign)


class FullReporter(Reporter):
    """A whole reporter whose disk is full while ``full`` is set."""

    full = False

    def report(self, body, event_id=None):
        if self.full:
            raise SpoolError("the disk is full")
        return super().report(body, event_id)


class OneDetector:
    """One device's detector over a real spool, with a clock that a test moves."""

    def __init__(self, folder, matcher: Matcher) -> None:
        self.folder, self.now, self.matcher, self.days = folder, FIRST, matcher, 7
        self.spool = Spool(folder / "spool", b"k" * 32, SpoolSettings(), lambda: self.now)
        self.spool.start_epoch(1)
        self.reporter = FullReporter(self.spool, lambda: self.now, "0" * 32, lambda _: None)
        self.start()

    def start(self) -> None:
        """Start, or start again, the detector, and what keeps more of a text."""
        self.ring = ContextRing(self.folder, lambda: self.days, lambda: self.now)
        self.answering = Answering(self.ring, self.reporter, lambda: self.days, lambda: 0.0)
        self.detector = Detector(
            self.matcher, SUBJECT, self.reporter, lambda: self.now, self.folder, self.ring
        )

    def hear(
        self, text, day=0.0, *, account="a.pupil", source="browser", channel=Channel.SEARCH
    ) -> None:
        self.now = FIRST + timedelta(days=day)
        self.detector.observe(
            observation(text, channel, account=account, source=source, occurred_at=self.now)
        )

    def told(self) -> list[DetectionFinding]:
        """Return every finding, the oldest first."""
        return [event.body for event in self.events() if isinstance(event.body, DetectionFinding)]

    def events(self) -> list[Event]:
        """Return every event, the oldest first."""
        found = []
        for lane in TravelLane:
            while self.spool.close_batch(lane, CHAIN):
                pass
            after = 0
            while (one := self.spool.next_batch(lane, after)) is not None:
                after = one[0]
                found += [codec.decode_event(data) for data in one[1].events]
        found.sort(key=lambda event: event.device_time)
        return found

    def grades(self) -> list[int]:
        return [int(finding.grade) for finding in self.told()]
