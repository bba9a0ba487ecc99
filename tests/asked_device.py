"""A device with its real detector, ring, spool and uplink, that people ask for more of a text."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from linked_device import Linked
from small_pack import small_pack
from tutelage_agent.detection import Detector, Subject
from tutelage_agent.sensors.observation import observation
from tutelage_policy.match import Matcher
from tutelage_wire import times
from tutelage_wire.context import ContextAnswer
from tutelage_wire.events import AgeBand, Channel, EventId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_collector.store.sqlite import SqliteStore
    from tutelage_wire.bundle import Bundle

PHRASE = "i want to sink the school raft"
EARLIER = "the tide tables hung beside the boathouse door"
LATER = "marrowfat peas were served on tuesday"
TEXT = f"{EARLIER}.\n{'All was well. ' * 40}\n{PHRASE}. {'Nothing else. ' * 40}{LATER}."


class Asked(Linked):
    """Writes things down, and is asked about them."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        super().__init__(folder, bundle)
        self.subject = Subject(
            trust_id=bundle.trust_id,
            device_id=self.member.device_id,
            age_band=AgeBand.SECONDARY,
            subject_key=bundle.subject_key,
            recipients=[one.public_key for one in bundle.recipients],
            rule_key=b"r" * 32,
        )
        self.detector = Detector(
            Matcher(small_pack()), self.subject, self.reporter, times.utc_now, folder, self.ring
        )
        self.written = 0

    def write_down(self, text: str = TEXT) -> EventId:
        """Save a document; return the finding that it gave."""
        self.written += 1
        seen = observation(
            text,
            Channel.FILE,
            account="a.pupil",
            source=f"/home/a.pupil/diary{self.written}.odt",
            occurred_at=times.utc_now() - timedelta(milliseconds=self.written),
        )
        self.detector.observe(seen)
        return self.subject.event_id(seen, "content.rafts.0001")


def wait_for(found: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so; a collector looks once a second."""
    until = times.monotonic_ms() + seconds * 1000
    while not found():
        assert times.monotonic_ms() < until, "it did not come about"


def stored_answers(store: SqliteStore) -> list[EventId]:
    """Return which findings the stored batches hold answers about, each time that they do."""
    from tutelage_wire import codec

    found = []
    for one in store.batches():
        for data in codec.decode_batch(one.raw).events:
            body = codec.decode_event(data).body
            if isinstance(body, ContextAnswer):
                found.append(body.finding)
    return found
