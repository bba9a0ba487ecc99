"""What the store keeps about devices that went quiet, and about who was told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId


class Why(StrEnum):
    """Why a device is quiet, as far as it can be known from here."""

    UNEXPLAINED = "unexplained"
    """It said nothing: killed, held, cut off, or without power."""
    STOPPED = "stopped"
    """It said that its agent was told to end while it stays on."""


class Handling(StrEnum):
    """Who is told of a spell."""

    PENDING = "pending"
    """It is waited for others of the same cause, or for the pause between two messages."""
    TOLD = "told"
    PAGE = "page"
    """The day's messages were used up: it is on the page."""
    MUTED = "muted"


class Ended(StrEnum):
    """How a spell ended."""

    NOT = ""
    HEARD = "heard"
    EXPLAINED = "explained"
    """Its goodbye came late."""
    LEFT = "left"
    """It was revoked or retired."""


class Audience(StrEnum):
    """Whom a message is for."""

    ICT = "ict"
    DSL = "dsl"


class About(StrEnum):
    """What a message is about."""

    DEVICES = "devices"
    MANY = "many"
    """So many at once that one fault explains them better than many."""
    SCHOOL = "school"
    """Nearly all that a school has."""
    CONCERN = "concern"
    """A device on which something was found that became a concern. For the lead alone."""


@dataclass(frozen=True, slots=True)
class Sign:
    """An active device's latest sign of life."""

    device_id: DeviceId
    school: str
    group: str
    profile: str
    last_seen_at: datetime | None
    farewell: str
    """Kind of the goodbye that stands; "" = none does."""
    muted: bool


@dataclass(frozen=True, slots=True)
class Spell:
    """One time that a device was quiet."""

    id: str
    device_id: DeviceId
    school: str
    why: Why
    last_seen_at: datetime
    noticed_at: datetime
    handling: Handling
    ended_at: datetime | None = None
    ended: Ended = Ended.NOT
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    note: str = ""

    @property
    def waits(self) -> bool:
        """Whether somebody should look at it."""
        return self.ended_at is None and self.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class Mute:
    """A device of which nobody is told for a time, and why."""

    device_id: DeviceId
    until: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuietNews:
    """What a message says: numbers, no names."""

    audience: Audience
    about: About
    devices: int
    """That are still quiet when it is sent."""
    heard: int
    """Devices of the school that were heard on that day."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One message, to each of some people by each of their ways."""

    school: str
    audience: Audience
    about: About
    heard: int
    spells: tuple[str, ...]
    people: tuple[tuple[str, str], ...]
    """(person of the rota, way)."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one look changes: who is told, and what stays on the page."""

    id: str
    tellings: tuple[Telling, ...]
    handled: tuple[tuple[str, Handling], ...]
    """(spell, how)."""
