"""Answers a request for more of a text: the sealed bytes as they were kept, or why there are none.

A request names a finding, and can do nothing else. Told again it changes nothing: the answer's id
follows from the finding's, and what was sent is remembered as sent.
"""

from __future__ import annotations

import logging
import time
from threading import Lock
from typing import TYPE_CHECKING

from tutelage_agent.errors import SpoolError
from tutelage_agent.sensors.bucket import Bucket
from tutelage_wire import codec
from tutelage_wire.context import (
    MOST_ASKED_AT_ONCE,
    ContextAnswer,
    ContextState,
    answer_id,
)
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tutelage_agent.context.ring import ContextRing
    from tutelage_agent.reporter import Reporter
    from tutelage_wire.ids import EventId

_log = logging.getLogger(__name__)

_SAYS_NO_AT_ONCE = 30
_REFILL_SECONDS = 120.0
"""A collector that makes ids up gets so many "not kept" for an answer, and no flood of events."""


class Answering:
    """Thread-safe, though only the uplink asks."""

    def __init__(
        self,
        ring: ContextRing,
        reporter: Reporter,
        days: Callable[[], int],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Answer from ``ring`` through ``reporter``; ``days`` is what the policy allows."""
        self._ring, self._reporter, self._days = ring, reporter, days
        self._says_no = Bucket(_SAYS_NO_AT_ONCE, _REFILL_SECONDS, ticks)
        self._lock = Lock()

    def asked(self, findings: Sequence[EventId]) -> None:
        """Answer about findings; what cannot be kept in the spool now is asked for again."""
        with self._lock:
            for finding in findings[:MOST_ASKED_AT_ONCE]:
                try:
                    self._answer(finding)
                except SpoolError as error:
                    _log.error("an answer was not kept: %s", error)

    def revoked(self) -> None:
        """Keep nothing more: nobody can ask this device any longer."""
        self._ring.clear()

    def _answer(self, finding: EventId) -> None:
        if self._ring.was_sent(finding):
            return
        kept = self._ring.take(finding)
        answer = _read(kept, finding) if kept is not None else None
        if answer is not None:
            # 1. Durable in the spool, 2. deleted here. Killed in between: the same event again.
            self._reporter.report(answer, answer_id(finding))
            self._ring.sent(finding)
        elif self._says_no.take():
            state = ContextState.NOT_KEPT if self._days() else ContextState.SWITCHED_OFF
            self._reporter.report(ContextAnswer(finding, state), answer_id(finding))


def _read(kept: bytes, finding: EventId) -> ContextAnswer | None:
    try:
        body = codec.decode_event(kept).body
    except WireError as error:
        _log.warning("what was kept is damaged: %s", error)
        return None
    return body if isinstance(body, ContextAnswer) and body.finding == finding else None
