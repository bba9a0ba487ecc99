"""The training register (policy 13): who has taken which course, and who is due again."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotFoundError
from tutelage_collector.registers.agreements import MemberKind
from tutelage_collector.registers.due import Standing, add_months, standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tutelage_collector.store.records_registers import Completion, Member


@dataclass(frozen=True, slots=True)
class Course:
    """What is to be taken, by whom, how often."""

    id: str
    title: str
    clauses: tuple[str, ...]
    kinds: tuple[MemberKind, ...]
    months: int


@dataclass(frozen=True, slots=True)
class Trained:
    """How one person stands in one course."""

    member: Member
    course: Course
    taken_on: date | None
    due_on: date | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class TrainedCount:
    """How everybody stands in one course, in numbers."""

    course: Course
    expected: int
    current: int
    overdue: int
    never: int


@cache
def courses() -> tuple[Course, ...]:
    """Return the courses in the order of the policy."""
    file = resources.files("tutelage_collector.registers") / "courses.toml"
    return tuple(
        Course(
            row["id"],
            row["title"],
            tuple(row["clauses"]),
            tuple(MemberKind(kind) for kind in row["kinds"]),
            row["months"],
        )
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["course"]
    )


def course(course_id: str) -> Course:
    """Return one course.

    Raises:
        NotFoundError: there is none of this id.
    """
    for one in courses():
        if one.id == course_id:
            return one
    known = ", ".join(one.id for one in courses())
    raise NotFoundError(f"course {course_id}: not one of the register; known: {known}")


def trained(
    people: Iterable[Member], completions: Iterable[Completion], today: date
) -> list[Trained]:
    """Return how each person stands in each course of their kind, the overdue first."""
    newest: dict[tuple[str, str, str, str], date] = {}
    for one in completions:
        key = (one.school, one.kind, one.reference, one.course)
        newest[key] = max(newest.get(key, one.taken_on), one.taken_on)
    found: list[Trained] = []
    for person in people:
        for asked in courses():
            if person.kind not in asked.kinds:
                continue
            taken = newest.get((person.school, person.kind, person.reference, asked.id))
            due = add_months(taken, asked.months) if taken else None
            found.append(Trained(person, asked, taken, due, standing(due, today)))
    order = (Standing.NEVER, Standing.OVERDUE, Standing.DUE_SOON, Standing.CURRENT)
    found.sort(key=lambda one: (order.index(one.standing), one.member.kind, one.member.reference))
    return found


def counted(rows: Iterable[Trained]) -> list[TrainedCount]:
    """Return the same in numbers, course by course; courses that nobody must take are left out."""
    by_course: dict[str, list[Standing]] = defaultdict(list)
    for one in rows:
        by_course[one.course.id].append(one.standing)
    return [
        TrainedCount(
            course=asked,
            expected=len(stands),
            current=sum(one in {Standing.CURRENT, Standing.DUE_SOON} for one in stands),
            overdue=stands.count(Standing.OVERDUE),
            never=stands.count(Standing.NEVER),
        )
        for asked in courses()
        if (stands := by_course.get(asked.id, []))
    ]
