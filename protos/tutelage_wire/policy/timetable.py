"""Hours, terms and holidays: is it school time now, and when does that change? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tutelage_wire.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD = timedelta(days=60)
"""Longer than the summer holidays."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one time of day to another, on some days of the week."""

    days: tuple[str, ...]
    starts: time
    ends: time
    """The first moment outside; 00:00 = midnight at the end of the day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When something may run."""

    spans: tuple[Span, ...]
    only_in_term: bool = True


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the last one included."""

    starts: date
    ends: date
    name: str = ""

    def __contains__(self, day: date) -> bool:
        return self.starts <= day <= self.ends


@dataclass(frozen=True, slots=True)
class Calendar:
    """Term dates of one school."""

    terms: tuple[Period, ...] = ()
    closed: tuple[Period, ...] = ()

    def in_term(self, day: date) -> bool:
        """Tell whether a day is a day of term; without terms, every day that is not closed is."""
        if any(day in one for one in self.closed):
            return False
        return not self.terms or any(day in one for one in self.terms)


@lru_cache(8)
def zone(name: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        DecodeError: this machine does not know it.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DecodeError(f"time zone {name!r} is not known on this machine") from error


def local_day(now: datetime, time_zone: str) -> date:
    """Return the school's day."""
    return now.astimezone(zone(time_zone)).date()


def within(hours: Hours, calendar: Calendar, now: datetime, time_zone: str) -> bool:
    """Tell whether ``now`` is within ``hours``."""
    found = _openings(hours, calendar, now, time_zone, days=1)
    return any(starts <= now < ends for starts, ends in found)


def next_change(hours: Hours, calendar: Calendar, now: datetime, time_zone: str) -> datetime | None:
    """Return when ``within`` next gives another answer; None = not in the next sixty days."""
    inside = within(hours, calendar, now, time_zone)
    for starts, ends in _openings(hours, calendar, now, time_zone):
        # An opening that begins as another ends is no change.
        edge = ends if inside else starts
        if edge > now and within(hours, calendar, edge, time_zone) is not inside:
            return edge
    return None


def _openings(
    hours: Hours, calendar: Calendar, now: datetime, time_zone: str, days: int = LOOK_AHEAD.days
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the openings around and after ``now``, aware UTC, by day."""
    found = zone(time_zone)
    today = now.astimezone(found).date()
    for offset in range(-1, days):
        day = today + timedelta(days=offset)
        if hours.only_in_term and not calendar.in_term(day):
            continue
        for span in hours.spans:
            if DAYS[day.weekday()] in span.days:
                last = day if span.ends > span.starts else day + timedelta(days=1)
                starts = datetime.combine(day, span.starts, found)
                yield (
                    starts.astimezone(UTC),
                    datetime.combine(last, span.ends, found).astimezone(UTC),
                )
