"""Changes of a rota, one row at a time: for the page and the commands. Pure.

Each returns a new rota, or raises ``RotaError`` with what may stand there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tutelage_collector.errors import RotaError
from tutelage_collector.rota import document
from tutelage_collector.rota.model import Absence, Cover, Duty, Person, Season

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.rota.model import Rota


def put_person(rota: Rota, person_id: str, duty: str, ways: Sequence[str]) -> Rota:
    """Add somebody, or replace who has this id."""
    wanted = [one for one in ways if one.strip()]
    if not wanted:
        raise RotaError("say how to reach this person, for example email:dsl@school.example")
    made = Person(
        document.person_id(person_id.strip(), "person"),
        document.choice(Duty, duty, "duty"),
        tuple(document.way(one, "way") for one in wanted),
    )
    kept = [one for one in rota.people if one.id != made.id]
    at = next((n for n, one in enumerate(rota.people) if one.id == made.id), len(kept))
    return replace(rota, people=(*kept[:at], made, *kept[at:]))


def remove_person(rota: Rota, person_id: str) -> Rota:
    """Take somebody out, with all hours of theirs."""
    if rota.person(person_id) is None:
        raise RotaError(f"{person_id}: nobody of this id in the rota")
    return replace(
        rota,
        people=tuple(one for one in rota.people if one.id != person_id),
        cover=tuple(one for one in rota.cover if one.person != person_id),
        absences=tuple(one for one in rota.absences if one.person != person_id),
    )


def add_cover(rota: Rota, person: str, days: str, begin: str, end: str, season: str) -> Rota:
    """Put somebody on duty for some hours, after who is on duty in them already."""
    row = Cover(
        person,
        document.days(days, "days"),
        document.clock(begin, "from"),
        document.clock(end, "until"),
        document.choice(Season, season, "season"),
    )
    return document.checked(replace(rota, cover=(*rota.cover, row)))


def remove_cover(rota: Rota, number: int) -> Rota:
    """Take a row of hours out; the first is number 1."""
    _check(number, len(rota.cover), "hours")
    return replace(rota, cover=(*rota.cover[: number - 1], *rota.cover[number:]))


def raise_cover(rota: Rota, number: int) -> Rota:
    """Let a row of hours be told before the one above it."""
    _check(number, len(rota.cover), "hours")
    rows = list(rota.cover)
    if number > 1:
        rows[number - 2], rows[number - 1] = rows[number - 1], rows[number - 2]
    return replace(rota, cover=tuple(rows))


def add_span(rota: Rota, kind: str, name: str, first: str, last: str) -> Rota:
    """Add a term, or a holiday within or between terms."""
    made = document.span(name or kind, first, last, kind)
    if kind == "term":
        return replace(rota, terms=tuple(sorted((*rota.terms, made), key=lambda one: one.first)))
    return replace(rota, holidays=tuple(sorted((*rota.holidays, made), key=lambda one: one.first)))


def remove_span(rota: Rota, kind: str, number: int) -> Rota:
    """Take a term or holiday out; the first is number 1."""
    rows = rota.terms if kind == "term" else rota.holidays
    _check(number, len(rows), kind)
    left = (*rows[: number - 1], *rows[number:])
    return replace(rota, terms=left) if kind == "term" else replace(rota, holidays=left)


def add_absence(rota: Rota, person: str, first: str, last: str) -> Rota:
    """Say on which days somebody is told nothing."""
    span = document.span("", first, last, "away")
    row = Absence(person, span.first, span.last)
    return document.checked(replace(rota, absences=(*rota.absences, row)))


def remove_absence(rota: Rota, number: int) -> Rota:
    """Take an absence out; the first is number 1."""
    _check(number, len(rota.absences), "away")
    return replace(rota, absences=(*rota.absences[: number - 1], *rota.absences[number:]))


def set_hours(rota: Rota, **hours: str | None) -> Rota:
    """Set the school day and the quiet hours; None and "" leave one as it is."""
    changed = {
        key: document.clock(value, key.replace("_", " ")) for key, value in hours.items() if value
    }
    return replace(rota, **changed)  # type: ignore[arg-type]


def _check(number: int, count: int, what: str) -> None:
    if not 1 <= number <= count:
        raise RotaError(f"{what} number {number}: there are {count}; see: rota show")
