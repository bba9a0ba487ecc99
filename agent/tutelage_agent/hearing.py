"""Takes what sensors say beside text, and makes it an event for the ICT manager.

A signal that says what it is about has a keyed hash of that for its id: told again, after a kill
before the sensor noted its progress, it is the same event. A source that pours is bounded: beyond
its bucket, signals of one kind are counted and told as one.
"""

from __future__ import annotations

import time
from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

from tutelage_agent.sensors.bucket import Bucket
from tutelage_agent.sensors.observation import Signal, SignalKind
from tutelage_wire import times
from tutelage_wire.events import IctFinding, IntegrityFinding, IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.detection import Subject
    from tutelage_agent.reporter import Reporter
    from tutelage_wire.events import UsageCounts
    from tutelage_wire.times import Clock

MOST_AT_ONCE = 30
"""Signals of one kind in a row: a folder of programs is unpacked."""
REFILL_EVERY = 120.0
"""Seconds until there is room for one more."""


class Listener:
    """Thread-safe: every sensor tells it."""

    def __init__(
        self,
        reporter: Reporter,
        subject: Subject,
        clock: Clock,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Report to ``reporter``; accounts become the pseudonyms of ``subject``."""
        self._reporter, self._subject, self._clock, self._ticks = reporter, subject, clock, ticks
        self._buckets: dict[SignalKind, Bucket] = {}
        self._held: Counter[SignalKind] = Counter()
        self._lock = Lock()

    def hear(self, signal: Signal) -> None:
        """Take a signal; on return it is queued, or counted for later.

        Raises:
            SpoolError: it could not be kept; the sensor tells it again.
        """
        if not self._take(signal.kind):
            return
        event_id = self._subject.signal_id(signal) if signal.about else None
        self._reporter.report(self._body(signal), event_id)

    def count(self, counts: UsageCounts) -> None:
        """Take a day's counts by category; told again, they are the same event.

        Raises:
            SpoolError: they could not be kept.
        """
        self._reporter.report(counts, self._subject.counts_id(counts))

    def tell_held(self) -> None:
        """Report what was only counted, once for each kind. Asked at every heartbeat."""
        with self._lock:
            held = {kind: count for kind, count in self._held.items() if count}
        for kind, count in held.items():
            self._reporter.report(
                self._body(Signal(kind, f"{count} more", self._clock(), count=count))
            )
            with self._lock:
                self._held[kind] -= count

    def _take(self, kind: SignalKind) -> bool:
        with self._lock:
            bucket = self._buckets.get(kind)
            if bucket is None:
                bucket = self._buckets[kind] = Bucket(MOST_AT_ONCE, REFILL_EVERY, self._ticks)
            taken = bucket.take()
            if not taken:
                self._held[kind] += 1
            return taken

    def _body(self, signal: Signal) -> IntegrityFinding | IctFinding:
        if signal.kind is SignalKind.FILE_UNINSPECTABLE:
            return IntegrityFinding(IntegrityKind.FILE_UNINSPECTABLE, signal.detail, signal.count)
        return IctFinding(
            kind=signal.kind.value,
            detail=signal.detail,
            sha256=signal.sha256,
            account=self._subject.pseudonym(signal.account),
            occurred_at=times.from_ms(times.to_ms(signal.occurred_at)),
        )
