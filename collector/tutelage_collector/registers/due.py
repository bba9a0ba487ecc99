"""When something is due again: by months of the calendar, as people count them."""

from __future__ import annotations

import calendar
from datetime import date
from enum import StrEnum

SOON_DAYS = 30


class Standing(StrEnum):
    """How something with a due date stands today."""

    CURRENT = "current"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    NEVER = "never"


def add_months(day: date, months: int) -> date:
    """Return the day so many months later; the last of the month where it has no such day."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def standing(due: date | None, today: date) -> Standing:
    """Return how something due on a day stands; None = never done."""
    if due is None:
        return Standing.NEVER
    if due < today:
        return Standing.OVERDUE
    return Standing.DUE_SOON if (due - today).days <= SOON_DAYS else Standing.CURRENT
