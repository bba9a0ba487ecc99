"""Rows of what devices tell the ICT manager."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from tutelage_wire.events import DeviceId, EventId


@dataclass(frozen=True, slots=True)
class ReceivedIctFinding:
    """One thing that a device told the ICT manager. No name, address or text is in it."""

    id: EventId
    device_id: DeviceId
    school: str
    kind: str
    detail: str
    sha256: str
    account: str
    """Pseudonym; empty where it is nobody's."""
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SiteCount:
    """Visits to sites of one category on one day, of a school's devices together."""

    day: date
    category: str
    visits: int
    devices: int
