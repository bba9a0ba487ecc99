"""Holds and erasures, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.batch import TravelLane
    from tutelage_wire.events import DeviceId


class HoldKind(StrEnum):
    """Why something may not be deleted for now."""

    LEGAL = "legal"
    COMPLAINT = "complaint"
    """A complaint about it is open (policy 8.f)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """What may not be deleted until somebody releases it."""

    id: str
    kind: HoldKind
    subject: str
    """``alert …``, ``concern …``, ``account …`` (a pseudonym), ``device …`` or ``everything``."""
    school: str
    reason: str
    placed_by: str
    placed_at: datetime
    released_by: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event is in its device's chain, and what kind it is."""

    device_id: DeviceId
    epoch: int
    lane: TravelLane
    sequence: int
    kind: str
    """``detection``, ``canary``, ``compliance``, ``heartbeat``."""
    event_id: str = ""
    """Of an alert; "" = none was made of it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An alert whose bytes are gone. The leaf hash stays in its batch and here."""

    place: Place
    leaf: bytes
    school: str
    at: datetime
    by: str
    reason: str
    approval_id: str
