"""Spans of days, and the terms and academic years of English schools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_MONTH = 9
"""An academic year begins on 1 September."""


class Term(StrEnum):
    """A term, by the calendar: whole months, so that terms of all schools are alike."""

    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER = "summer"


_MONTHS = {Term.AUTUMN: (9, 12), Term.SPRING: (1, 3), Term.SUMMER: (4, 8)}


@dataclass(frozen=True, slots=True)
class Period:
    """A span of whole days, both included, in UTC."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def ends(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def words(self) -> str:
        """``1 September 2026 to 31 December 2026``."""
        return f"{spoken(self.first)} to {spoken(self.last)}"

    def before(self) -> Period:
        """Return the span of as many days that ends the day before."""
        last = self.first - timedelta(days=1)
        return Period(last - timedelta(days=self.days - 1), last)

    def a_year_before(self) -> Period:
        """Return the same days of the year before."""
        return Period(_year_back(self.first), _year_back(self.last))


def spoken(day: date) -> str:
    """Return a day as people write it: ``1 September 2026``."""
    return f"{day.day} {day:%B %Y}"


def last_days(number: int, today: date) -> Period:
    """Return the last days, today included."""
    return Period(today - timedelta(days=number - 1), today)


def term_of(day: date) -> tuple[Term, Period]:
    """Return the term that a day is in, whole."""
    for term, (first, last) in _MONTHS.items():
        if first <= day.month <= last:
            return term, Period(date(day.year, first, 1), _month_end(day.year, last))
    raise AssertionError(day)  # the twelve months are all in one


def terms_before(day: date) -> Iterator[tuple[Term, Period]]:
    """Yield finished terms, the newest first, without end."""
    while True:
        _, now = term_of(day)
        day = now.first - timedelta(days=1)
        yield term_of(day)


def academic_year(day: date) -> Period:
    """Return the academic year that a day is in, whole."""
    year = day.year if day.month >= _FIRST_MONTH else day.year - 1
    return Period(date(year, _FIRST_MONTH, 1), _month_end(year + 1, _FIRST_MONTH - 1))


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _year_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
