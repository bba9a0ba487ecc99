from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tutelage_wire import codec
from tutelage_wire.events import Event, IntegrityFinding, IntegrityKind

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_event():
    def make(detail="made for a test", moment=NOON):
        return Event(
            id=codec.new_event_id(),
            device_time=moment,
            monotonic_ms=1,
            boot_id="cd" * 16,
            body=IntegrityFinding(IntegrityKind.AGENT_STARTED, detail),
        )

    return make
