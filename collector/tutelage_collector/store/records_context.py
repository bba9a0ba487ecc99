"""Requests for more of the text around a finding, and what devices answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.batch import TravelLane
    from tutelage_wire.context import ContextState
    from tutelage_wire.events import DeviceId, EventId


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A person asked a device for more of the text around what it found, and said why."""

    finding: EventId
    device_id: DeviceId
    """That reported it; it may have joined again under another name since."""
    school: str
    asked_by: str
    """Account."""
    reason: str
    asked_at: datetime
    until: datetime
    """The device is asked no longer: it was not heard."""


@dataclass(frozen=True, slots=True)
class ReceivedContext:
    """An answer as it came. No field of it tells what was written."""

    finding: EventId
    device_id: DeviceId
    """That answered."""
    event_id: EventId
    state: ContextState
    school: str
    received_at: datetime
    epoch: int
    lane: TravelLane
    sequence: int
    """Its place in the device's chain."""
    event: bytes
    """The whole event, with the sealed stretch."""
