"""People as the store keeps them: a pseudonym, an age band, a level; all else is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import AgeBand


class PersonKind(StrEnum):
    """Pupil or member of staff."""

    PUPIL = "pupil"
    STAFF = "staff"


class Level(StrEnum):
    """How closely somebody is to be looked after. Never why: the reasons are sealed."""

    STANDARD = "standard"
    RAISED = "raised"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Person:
    """One imported person."""

    pseudonym: str
    """Keyed hash of the device account's name, as the agents make it."""
    school: str
    kind: PersonKind
    age_band: AgeBand
    level: Level
    digest: str
    """Keyed hash of the imported row: tells whether it changed, and nothing else."""
    imported_at: datetime
    sealed: str
    """JSON that a recipient's key opens: name, identifiers, year group, reasons."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What alerting may know of an account."""

    level: Level
    age_band: AgeBand
