"""A rota as TOML: what ``rota import`` reads, ``rota show --toml`` writes, and the store keeps."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, time
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tutelage_collector.errors import RotaError
from tutelage_collector.rota.model import (
    Absence,
    Cover,
    Duty,
    Pace,
    Person,
    Rota,
    Season,
    Span,
    Way,
    WayKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ID = re.compile(r"[a-z0-9-]{1,40}")
_EMAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,253}")
_BOUNDS = {"grade_5_minutes": (1, 15), "grade_4_minutes": (5, 240), "cycles": (1, 10)}
_MOST = 200
"""Rows of one kind: more is a mistake, and would slow every decision down."""

Choice = TypeVar("Choice", bound="StrEnum")


def loads(text: str, school: str) -> Rota:
    """Return the rota that a document holds.

    Raises:
        RotaError: it names the row, what is wrong and what may stand there.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RotaError(f"the rota is not TOML: {error}") from error
    _only(table, {"person", "cover", "term", "holiday", "absence", "hours", "pace"}, "the rota")
    hours = table.get("hours", {})
    _only(hours, {"day_starts", "day_ends", "quiet_from", "quiet_until", "zone"}, "[hours]")
    rota = Rota(
        school=school,
        people=tuple(_person(row, where) for row, where in _rows(table, "person")),
        cover=tuple(_cover(row, where) for row, where in _rows(table, "cover")),
        terms=tuple(_span(row, where) for row, where in _rows(table, "term")),
        holidays=tuple(_span(row, where) for row, where in _rows(table, "holiday")),
        absences=tuple(_absence(row, where) for row, where in _rows(table, "absence")),
        day_starts=clock(hours.get("day_starts", "08:00"), "[hours] day_starts"),
        day_ends=clock(hours.get("day_ends", "17:00"), "[hours] day_ends"),
        quiet_from=clock(hours.get("quiet_from", "21:00"), "[hours] quiet_from"),
        quiet_until=clock(hours.get("quiet_until", "07:00"), "[hours] quiet_until"),
        zone=_zone(hours.get("zone", "Europe/London")),
        pace=_pace(table.get("pace", {})),
    )
    return checked(rota)


def checked(rota: Rota) -> Rota:
    """Return the rota if its rows fit each other.

    Raises:
        RotaError: two people share an id, or a row names nobody.
    """
    ids = [one.id for one in rota.people]
    twice = {one for one in ids if ids.count(one) > 1}
    if twice:
        raise RotaError(f"{', '.join(sorted(twice))}: two people of this id; give each its own")
    rows: Iterable[Cover | Absence] = (*rota.cover, *rota.absences)
    for row in rows:
        if row.person not in ids:
            raise RotaError(
                f"{row.person}: nobody of this id in the rota; people here: "
                f"{', '.join(ids) or 'none yet'}"
            )
    for row in rota.cover:
        person = rota.person(row.person)
        if person is not None and person.duty is Duty.ICT:
            raise RotaError(
                f"{row.person}: is of ICT, who is told of devices and never of alerts: no hours on "
                "duty"
            )
    return rota


def dumps(rota: Rota) -> str:
    """Return a rota as a document that ``loads`` reads."""
    pace, lines = rota.pace, ["# Who is told of alerts, and when. People are roles, not names."]
    lines += ["", "[hours]", f"zone = {_text(rota.zone)}"]
    for key in ("day_starts", "day_ends", "quiet_from", "quiet_until"):
        lines.append(f'{key} = "{getattr(rota, key):%H:%M}"')
    lines += ["", "[pace]", f"grade_5_minutes = {pace.grade_5_minutes}"]
    lines += [f"grade_4_minutes = {pace.grade_4_minutes}", f"cycles = {pace.cycles}"]
    for one in rota.people:
        ways = ", ".join(_text(str(way)) for way in one.ways)
        lines += ["", "[[person]]", f"id = {_text(one.id)}", f'duty = "{one.duty.value}"']
        lines += [f"ways = [{ways}]"]
    for row in rota.cover:
        lines += ["", "[[cover]]", f"person = {_text(row.person)}"]
        lines += [f'days = "{days_text(row.days)}"', f'from = "{row.start:%H:%M}"']
        lines += [f'until = "{row.end:%H:%M}"', f'season = "{row.season.value}"']
    for name, spans in (("term", rota.terms), ("holiday", rota.holidays)):
        for span in spans:
            lines += ["", f"[[{name}]]", f"name = {_text(span.name)}"]
            lines += [f"first = {span.first}", f"last = {span.last}"]
    for away in rota.absences:
        lines += ["", "[[absence]]", f"person = {_text(away.person)}"]
        lines += [f"first = {away.first}", f"last = {away.last}"]
    return "\n".join(lines) + "\n"


def clock(value: object, where: str) -> time:
    """Return ``22:40`` as a time; ``24:00`` is midnight.

    Raises:
        RotaError: it is not one.
    """
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value).strip())
    if str(value).strip() == "24:00":
        return time(0)
    if not found:
        raise RotaError(f"{where}: {value!r} is no time of day; write it as 22:40")
    return time(int(found[1]), int(found[2]))


def day(value: object, where: str) -> date:
    """Return ``2026-12-18`` as a date.

    Raises:
        RotaError: it is not one.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError as error:
        raise RotaError(f"{where}: {value!r} is no date; write it as 2026-12-18") from error


def days(value: object, where: str) -> frozenset[int]:
    """Return ``mon-fri``, ``sat sun`` or ``every day`` as weekdays, 0 = Monday.

    Raises:
        RotaError: it is not one of these.
    """
    text = str(value).strip().lower()
    if text in {"every day", "daily", "all"}:
        return frozenset(range(7))
    found: set[int] = set()
    for part in re.split(r"[\s,]+", text):
        first, _, last = part.partition("-")
        first, last = first[:3], (last or first)[:3]
        if first not in DAYS or last not in DAYS:
            raise RotaError(f"{where}: {value!r}: write days as mon-fri, sat sun or every day")
        begin, end = DAYS.index(first), DAYS.index(last)
        found |= {one % 7 for one in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)


def days_text(value: frozenset[int]) -> str:
    """Return weekdays as ``days`` reads them."""
    known = {frozenset(range(7)): "every day", frozenset(range(5)): "mon-fri"}
    return known.get(value) or " ".join(DAYS[one] for one in sorted(value))


def way(value: object, where: str) -> Way:
    """Return ``email:dsl@school.example`` and the like as a way.

    Raises:
        RotaError: it is none.
    """
    kind, _, target = str(value).strip().partition(":")
    if kind not in {one.value for one in WayKind}:
        raise RotaError(
            f"{where}: {value!r}: write email:ADDRESS, webhook:NAME, other:NAME or console"
        )
    found = Way(WayKind(kind), target.strip())
    if found.kind is WayKind.EMAIL and not _EMAIL.fullmatch(found.target):
        raise RotaError(f"{where}: this is no e-mail address; write email:dsl@school.example")
    if found.kind in {WayKind.WEBHOOK, WayKind.OTHER} and not _ID.fullmatch(found.target):
        raise RotaError(f"{where}: {value!r}: name one of the notifiers' settings (notify show)")
    if found.kind is WayKind.CONSOLE and found.target:
        raise RotaError(f"{where}: {value!r}: console stands alone")
    return found


def choice(kind: type[Choice], value: object, where: str) -> Choice:
    """Return a text as one of a closed set.

    Raises:
        RotaError: it is none of them.
    """
    try:
        return kind(str(value))
    except ValueError as error:
        known = ", ".join(one.value for one in kind)
        raise RotaError(f"{where}: {value!r}: known here: {known}") from error


def person_id(value: object, where: str) -> str:
    """Return the id of a person: a role with a number.

    Raises:
        RotaError: it holds something else than lower-case letters, digits and hyphens.
    """
    if not _ID.fullmatch(str(value)):
        raise RotaError(f"{where}: {value!r}: write a role with a number, for example deputy-1")
    return str(value)


def _person(row: dict[str, Any], where: str) -> Person:
    _only(row, {"id", "duty", "ways"}, where)
    ways = row.get("ways", [])
    if not isinstance(ways, list) or not ways:
        raise RotaError(f'{where}: ways: write at least one, for example ["email:…"]')
    return Person(
        person_id(row.get("id"), f"{where}: id"),
        choice(Duty, row.get("duty"), f"{where}: duty"),
        tuple(way(one, f"{where}: ways") for one in ways),
    )


def _cover(row: dict[str, Any], where: str) -> Cover:
    _only(row, {"person", "days", "from", "until", "season"}, where)
    return Cover(
        person_id(row.get("person"), f"{where}: person"),
        days(row.get("days", "every day"), f"{where}: days"),
        clock(row.get("from", "00:00"), f"{where}: from"),
        clock(row.get("until", "00:00"), f"{where}: until"),
        choice(Season, row.get("season", "always"), f"{where}: season"),
    )


def _span(row: dict[str, Any], where: str) -> Span:
    _only(row, {"name", "first", "last"}, where)
    return span(str(row.get("name", "")), row.get("first"), row.get("last"), where)


def span(name: str, first: object, last: object, where: str) -> Span:
    """Return a term or a holiday.

    Raises:
        RotaError: a date is none, or they stand the wrong way round.
    """
    begin, end = day(first, f"{where}: first"), day(last, f"{where}: last")
    if end < begin:
        raise RotaError(f"{where}: it ends ({end}) before it begins ({begin})")
    return Span(name.strip()[:60], begin, end)


def _absence(row: dict[str, Any], where: str) -> Absence:
    _only(row, {"person", "first", "last"}, where)
    found = span("", row.get("first"), row.get("last"), where)
    return Absence(person_id(row.get("person"), f"{where}: person"), found.first, found.last)


def _pace(row: object) -> Pace:
    if not isinstance(row, dict):
        raise RotaError("[pace]: write it as a table")
    _only(row, set(_BOUNDS), "[pace]")
    for key, value in row.items():
        low, high = _BOUNDS[key]
        if type(value) is not int or not low <= value <= high:
            raise RotaError(f"[pace] {key}: {value!r} is outside of {low} to {high}")
    return Pace(**row)


def _zone(value: object) -> str:
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if value != "Europe/London":
            raise RotaError(f"[hours] zone: {value!r} is not known; Europe/London is") from error
    return str(value)


def _rows(table: dict[str, Any], name: str) -> list[tuple[dict[str, Any], str]]:
    rows = table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise RotaError(f"{name}: write each as a table of its own: [[{name}]]")
    if len(rows) > _MOST:
        raise RotaError(f"{name}: {len(rows)} of them; at most {_MOST}")
    return [(one, f"[[{name}]] number {number}") for number, one in enumerate(rows, 1)]


def _only(row: object, known: set[str], where: str) -> None:
    if not isinstance(row, dict):
        raise RotaError(f"{where}: write it as a table")
    for key in row:
        if key not in known:
            raise RotaError(f"{where}: {key}: not known; known here: {', '.join(sorted(known))}")


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a basic TOML string
