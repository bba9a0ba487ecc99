"""What the store keeps about who is on duty, who was told, and how messages travel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_quiet import QuietNews
    from tutelage_wire.events import EventId


class Reason(StrEnum):
    """Why somebody was told."""

    FIRST = "first"
    """First on duty."""
    NO_ANSWER = "no_answer"
    """Who was told before did not acknowledge in time."""
    NOT_REACHED = "not_reached"
    """No message reached who was to be told before."""
    NEW_CYCLE = "new_cycle"
    """The whole line was told and nobody answered: from the beginning."""
    LAST_RESORT = "last_resort"
    """Nobody of the line answered, or nobody is on duty."""
    DIGEST = "digest"
    REMINDER = "reminder"


class Reach(StrEnum):
    """Whether a step's message got to the person."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up on every way."""


class NoticeState(StrEnum):
    """How far one message is."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up: a person must look; ``notify retry`` sends it again."""
    WITHDRAWN = "withdrawn"
    """Somebody acknowledged before it could be sent."""


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody was told of an episode."""

    number: int
    """From 1, within the episode."""
    person: str
    duty: str
    cycle: int
    grade: int
    """Of the episode at that moment: a higher one begins the line anew."""
    reason: Reason
    at: datetime
    reach: Reach = Reach.WAITING


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person by one way, for all that waits for this person."""

    id: str
    school: str
    person: str
    way: str
    state: NoticeState
    attempts: int
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None
    error: str
    """Why it did not get through last time, without addresses."""


@dataclass(frozen=True, slots=True)
class NoticeNews:
    """What a message says, worked out when it is sent: only what still waits."""

    episodes: tuple[EventId, ...]
    grade: int
    quiet: QuietNews | None = None
    """It is about devices, and about no alert."""


@dataclass(frozen=True, slots=True)
class RotaVersion:
    """One version of a school's rota."""

    school: str
    version: int
    at: datetime
    changed_by: str
    document: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one decision about one episode changes."""

    episode_id: EventId
    steps: tuple[Step, ...]
    ways: tuple[str, ...]
    """By which the person of the steps is reached; empty with no steps."""
    school: str
    look_at: datetime | None
    says: str
