"""Turns what was concluded into an event: encoded once, and on disk before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.spool import Priority
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.context import ContextAnswer
from tutelage_wire.events import (
    GOODBYES,
    GREETINGS,
    ComplianceFinding,
    DetectionFinding,
    Event,
    EventId,
    Grade,
    Heartbeat,
    IctFinding,
    IntegrityFinding,
    IntegrityKind,
    Status,
    UsageCounts,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.spool import Spool
    from tutelage_wire.events import Body
    from tutelage_wire.times import Clock

_QUIET = {
    IntegrityKind.POLICY_APPLIED,
    IntegrityKind.MONITORING_RESUMED,
    IntegrityKind.FILE_UNINSPECTABLE,
}


class Reporter:
    """The one way from a finding into the spool. Thread-safe, as the spool is."""

    def __init__(
        self, spool: Spool, clock: Clock, boot_id: str, wake: Callable[[TravelLane], None]
    ) -> None:
        """Report into ``spool``.

        Args:
            spool: where events wait.
            clock: the device's wall clock.
            boot_id: 32 hex digits that change with each boot.
            wake: told after each append which lane has something to send.
        """
        self._spool, self._clock, self._boot_id, self._wake = spool, clock, boot_id, wake

    def report(self, body: Body, event_id: EventId | None = None) -> EventId:
        """Keep ``body`` as an event; it is durable (urgent) or queued (bulk) on return.

        Raises:
            SpoolError: the disk is full or read-only; nothing was kept.
        """
        event = Event(
            id=event_id or codec.new_event_id(),
            device_time=self._clock(),
            monotonic_ms=times.monotonic_ms(),
            boot_id=self._boot_id,
            body=body,
        )
        lane, priority = travel_of(body)
        # A sensor that was killed between this line and its own note of how far it read finds the
        # same again: same text, same moment, same id. Counts of a day share an id and do grow.
        once = event_id if isinstance(body, DetectionFinding) else None
        self._spool.append(codec.encode_event(event), lane, priority, once)
        self._wake(lane)
        return event.id


def travel_of(body: Body) -> tuple[TravelLane, Priority]:
    """Return how an event travels, and how long it is kept when the spool is full.

    Urgent: what a person must see today (grade 3 and more, canaries, which measure that way), what
    a person asked for and waits for, and what says that monitoring itself is in doubt. A
    goodbye has a second or two before the network goes, so that it cannot wait for company either.
    """
    match body:
        case ContextAnswer():
            return TravelLane.URGENT, Priority.CONCERN
        case DetectionFinding() if body.grade >= Grade.SAME_DAY or body.canary:
            return TravelLane.URGENT, Priority.CONCERN
        case IntegrityFinding() if body.kind in GOODBYES | GREETINGS:
            return TravelLane.URGENT, Priority.FINDING
        case IntegrityFinding() if body.kind not in _QUIET:
            return TravelLane.URGENT, Priority.CONCERN
        case DetectionFinding() | IntegrityFinding() | IctFinding():
            return TravelLane.BULK, Priority.FINDING
        case ComplianceFinding() if body.status is not Status.PASS:
            return TravelLane.BULK, Priority.FINDING
        case ComplianceFinding() | UsageCounts():
            return TravelLane.BULK, Priority.POSTURE
        case Heartbeat():
            return TravelLane.BULK, Priority.HEARTBEAT
