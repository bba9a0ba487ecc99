"""What the store keeps about alerts once people are involved. Times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId, EventId


class Standing(StrEnum):
    """How far people are with an alert. Only people move it, and never back to NEW."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    CONCERN = "concern"
    CLOSED = "closed"


class Handling(StrEnum):
    """What software does about an episode by itself."""

    LADDER = "ladder"
    """People are told in order until somebody acknowledges."""
    DIGEST = "digest"
    """Told once a day, all together."""
    TREND = "trend"
    """Counted only."""
    MACHINES = "machines"
    """For the ICT manager's page."""
    SELF_TEST = "self_test"
    BEFORE = "before"
    """It was stored before this collector could tell people."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """How one alert stands."""

    event_id: EventId
    episode_id: EventId
    grade: int
    """After the collector's own rules; the device's stays in the alert."""
    raised: tuple[str, ...]
    """Why it is higher than the device's."""
    standing: Standing
    changed_by: str
    """Account; "" = nobody yet."""
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Episode:
    """Alerts of one account at one device within a window of time."""

    id: EventId
    """Of its first alert."""
    school: str
    device_id: DeviceId
    account: str
    handling: Handling
    grade: int
    any_hour: bool
    """Quiet hours do not hold it back."""
    alerts: int
    opened_at: datetime
    latest_at: datetime
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    look_at: datetime | None = None
    """When escalation must look again; None = never."""
    says: str = ""
    """What happens next, or why nothing does."""
    standing: Standing = Standing.NEW
    """The least advanced of its alerts."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One alert that was put into an episode."""

    event_id: EventId
    episode: Episode
    """As it is with this alert in it."""
    grade: int
    raised: tuple[str, ...]
