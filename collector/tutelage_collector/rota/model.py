"""A school's rota as values, and what it answers: who is told at a moment, in which order.

People are roles with a number (``dsl-1``), never names. Hours are the school's own wall clock, so
that they mean the same in summer and winter; moments are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

MIDNIGHT = time(0)
_AHEAD_DAYS = 400
"""How far the next hour of something is looked for: more than a summer."""


class Duty(StrEnum):
    """What somebody is in the rota for."""

    DSL = "dsl"
    DEPUTY = "deputy"
    OUT_OF_HOURS = "out_of_hours"
    HEAD = "head"
    """Told last, when nobody else answers; or on duty like anybody else."""
    ICT = "ict"
    """Told of devices that went quiet, and of no alert: on duty never."""


class WayKind(StrEnum):
    """How a message travels."""

    CONSOLE = "console"
    EMAIL = "email"
    WEBHOOK = "webhook"
    OTHER = "other"
    """Teams and whatever else has a name in the notifiers' settings."""


class Season(StrEnum):
    """When in the year a row of cover holds."""

    ALWAYS = "always"
    TERM = "term"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody: ``email:dsl@school.example``, ``webhook:on-call``, ``console``."""

    kind: WayKind
    target: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.target}" if self.target else self.kind.value


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be told."""

    id: str
    """A role with a number, for example ``dsl-1``."""
    duty: Duty
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """Hours in which a person is on duty; the order of rows is the order of being told."""

    person: str
    days: frozenset[int]
    """0 = Monday."""
    start: time
    end: time
    """Not after ``start`` = on the next day; 00:00 = midnight."""
    season: Season = Season.ALWAYS


@dataclass(frozen=True, slots=True)
class Span:
    """A term or a holiday, both days in it."""

    name: str
    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Tell whether a day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Absence:
    """Days on which a person is told nothing."""

    person: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Pace:
    """How long people have to answer."""

    grade_5_minutes: int = 5
    grade_4_minutes: int = 30
    cycles: int = 5
    """So often the line is gone through before the headteacher is told."""


@dataclass(frozen=True)
class Rota:
    """Everything that decides who is told when."""

    school: str
    people: tuple[Person, ...]
    cover: tuple[Cover, ...]
    terms: tuple[Span, ...] = ()
    holidays: tuple[Span, ...] = ()
    absences: tuple[Absence, ...] = ()
    day_starts: time = time(8)
    day_ends: time = time(17)
    quiet_from: time = time(21)
    quiet_until: time = time(7)
    """Between the two, only what cannot wait is sent."""
    zone: str = "Europe/London"
    pace: Pace = field(default_factory=Pace)

    @cached_property
    def _zone(self) -> tzinfo:
        try:
            return ZoneInfo(self.zone)
        except ZoneInfoNotFoundError:  # Windows without the tzdata package
            return UTC

    def local(self, moment: datetime) -> datetime:
        """Return a moment on the school's wall clock."""
        return moment.astimezone(self._zone)

    def moment(self, day: date, at: time) -> datetime:
        """Return the moment at which the school's clock shows a time."""
        return datetime.combine(day, at, self._zone).astimezone(UTC)

    def person(self, name: str) -> Person | None:
        """Return somebody of the rota."""
        return next((one for one in self.people if one.id == name), None)

    def heads(self, moment: datetime) -> tuple[Person, ...]:
        """Return the headteacher (and who else is told last) who is not away."""
        return tuple(
            one for one in self.people
            if one.duty is Duty.HEAD and not self.is_away(one.id, self.local(moment).date())
        )  # fmt: skip

    def line(self, moment: datetime) -> tuple[Person, ...]:
        """Return who is on duty at a moment, in the order in which they are told."""
        local = self.local(moment)
        found: dict[str, Person] = {}
        for row in self.cover:
            person = self.person(row.person)
            if person is not None and self.covers(row, local):
                found[person.id] = person
        return tuple(found.values())

    def is_away(self, person: str, day: date) -> bool:
        """Tell whether somebody is told nothing on a day."""
        return any(one.person == person and one.first <= day <= one.last for one in self.absences)

    def is_term(self, day: date) -> bool:
        """Tell whether a day belongs to a term; without term dates all but holidays do."""
        if any(one.holds(day) for one in self.holidays):
            return False
        return not self.terms or any(one.holds(day) for one in self.terms)

    def is_school_day(self, day: date) -> bool:
        """Tell whether the school works on a day."""
        return day.weekday() < 5 and self.is_term(day)

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether only what cannot wait may be sent."""
        at = self.local(moment).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until

    def quiet_ends(self, moment: datetime) -> datetime:
        """Return when the quiet hours that hold now are over."""
        local = self.local(moment)
        day = local.date()
        if local.time() >= self.quiet_until:
            day += timedelta(days=1)
        return self.moment(day, self.quiet_until)

    def next_cover(self, moment: datetime) -> datetime | None:
        """Return when somebody is on duty again; None = nobody ever is."""
        return next((one for one in self.changes(moment) if self.line(one)), None)

    def next_on_school_day(self, moment: datetime, slots: tuple[time, ...]) -> datetime | None:
        """Return the next of some times of a school day, after a moment."""
        day = self.local(moment).date()
        for ahead in range(_AHEAD_DAYS):
            one = day + timedelta(days=ahead)
            if self.is_school_day(one):
                for slot in sorted(slots):
                    if self.moment(one, slot) > moment:
                        return self.moment(one, slot)
        return None

    def changes(self, moment: datetime, days: int = _AHEAD_DAYS) -> Iterator[datetime]:
        """Yield the moments at which who is on duty may change, after a moment, in order."""
        edges = {MIDNIGHT} | {row.start for row in self.cover} | {row.end for row in self.cover}
        day = self.local(moment).date()
        for ahead in range(days + 1):
            for edge in sorted(edges):
                one = self.moment(day + timedelta(days=ahead), edge)
                if one > moment:
                    yield one

    def covers(self, row: Cover, local: datetime) -> bool:
        """Tell whether a row of hours holds when the school's clock shows ``local``."""
        at, today = local.time(), local.date()
        overnight = row.end <= row.start
        if row.start <= at and (overnight or at < row.end) and self._holds(row, today):
            return True
        yesterday = today - timedelta(days=1)
        return overnight and at < row.end and self._holds(row, yesterday)

    def _holds(self, row: Cover, day: date) -> bool:
        if day.weekday() not in row.days or self.is_away(row.person, day):
            return False
        if row.season is Season.ALWAYS:
            return True
        return self.is_term(day) is (row.season is Season.TERM)


def first_rota(school: str) -> Rota:
    """Return what holds until somebody sets a rota: the DSL at any hour, then the headteacher."""
    console = (Way(WayKind.CONSOLE),)
    return Rota(
        school=school,
        people=(Person("dsl-1", Duty.DSL, console), Person("head-1", Duty.HEAD, console)),
        cover=(Cover("dsl-1", frozenset(range(7)), MIDNIGHT, MIDNIGHT),),
    )
