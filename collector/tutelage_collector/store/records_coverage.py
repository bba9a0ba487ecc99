"""What the store keeps about coverage: the school's own list, and self-tests that arrived."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId


@dataclass(frozen=True, slots=True)
class ExpectedDevice:
    """A device that the school says it owns."""

    school: str
    serial: str
    label: str
    place: str
    """Room, year group or stock number: whatever helps to find it."""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label or self.serial


@dataclass(frozen=True, slots=True)
class CanaryArrival:
    """A self-test that travelled the whole path."""

    device_id: DeviceId
    school: str
    channel: str
    code: str
    occurred_at: datetime
    """Device's clock."""
    received_at: datetime
    """Collector's clock."""
    pack: str

    @property
    def seconds(self) -> float:
        """From what happened on the device to the collector's commit; as its clocks allow."""
        return max(0.0, (self.received_at - self.occurred_at).total_seconds())
