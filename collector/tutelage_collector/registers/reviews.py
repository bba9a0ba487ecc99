"""The review calendar (policy 14.b, DfE's standards): what is due, and what was done when."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.registers.due import Standing, add_months, standing
from tutelage_collector.registers.offices import Office

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tutelage_collector.store.records_registers import ReviewDone, ReviewTrigger


@dataclass(frozen=True, slots=True)
class Review:
    """Something that is looked at again and again."""

    id: str
    title: str
    basis: tuple[str, ...]
    office: Office
    months: int


@dataclass(frozen=True, slots=True)
class Planned:
    """How one review of one school stands."""

    review: Review
    school: str
    done_on: date | None
    due_on: date | None
    because: str
    """Why it is due before its time; "" = by the calendar."""
    standing: Standing
    note: str
    """Of the last time."""


@cache
def reviews() -> tuple[Review, ...]:
    """Return the calendar."""
    file = resources.files("tutelage_collector.registers") / "reviews.toml"
    return tuple(
        Review(row["id"], row["title"], tuple(row["basis"]), Office(row["office"]), row["months"])
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["review"]
    )


def review(review_id: str) -> Review:
    """Return one review.

    Raises:
        NotFoundError: there is none of this id.
    """
    for one in reviews():
        if one.id == review_id:
            return one
    known = ", ".join(one.id for one in reviews())
    raise NotFoundError(f"review {review_id}: not in the calendar; known: {known}")


def planned(
    school: str, done: Iterable[ReviewDone], triggers: Iterable[ReviewTrigger], today: date
) -> list[Planned]:
    """Return how each review of a school stands, what is overdue first.

    A trigger brings a review forward, for a stated reason: a new risk, a change of practice, a new
    technology such as a tool with artificial intelligence (DfE, standard 2).
    """
    last: dict[str, ReviewDone] = {}
    for one in done:
        if one.school == school and (
            one.review not in last or last[one.review].done_on <= one.done_on
        ):
            last[one.review] = one
    found: list[Planned] = []
    asked = [one for one in triggers if one.school == school]
    for each in reviews():
        before = last.get(each.id)
        due = add_months(before.done_on, each.months) if before else None
        because = ""
        for trigger in asked:
            if trigger.review != each.id or (before and before.done_on >= trigger.asked_on):
                continue
            if due is None or trigger.due_on < due:
                due, because = trigger.due_on, trigger.because
        found.append(
            Planned(
                each,
                school,
                before.done_on if before else None,
                due,
                because,
                standing(due, today),
                before.note if before else "",
            )
        )
    order = (Standing.OVERDUE, Standing.NEVER, Standing.DUE_SOON, Standing.CURRENT)
    found.sort(key=lambda one: order.index(one.standing))
    return found
