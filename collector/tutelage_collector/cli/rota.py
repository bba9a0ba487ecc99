"""``rota show|set|remove|import|check``: who is on duty when, and whether anybody is missing."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, rota, state
from tutelage_collector.cli import people
from tutelage_collector.errors import RotaError
from tutelage_collector.notify import settings as notifiers
from tutelage_collector.rota import document, editing, keeping, telling
from tutelage_collector.rota.model import Duty, Season
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tutelage_collector.rota import Rota

_FOUND = 1
_COLUMNS = {"number": "No.", "person": "Person", "duty": "Duty", "hours": "On duty",
            "reached": "Told"}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    top = verbs.add_parser("rota", help="who is on duty when, and who would be told now")
    parts = top.add_subparsers(dest="part", metavar="show|set|remove|import|check", required=True)
    show = parts.add_parser("show", help="who would be told now, and all hours")
    show.add_argument("--toml", action="store_true", help="the document that import reads")
    show.set_defaults(run=_show)
    check = parts.add_parser("check", help="gaps and faults of four weeks; status 1: there are")
    check.set_defaults(run=_check)
    for one in (show, check):
        one.add_argument("--json", action="store_true")
        _school(one)
    read = parts.add_parser("import", help="replace the rota by a document")
    read.add_argument("file", type=Path, metavar="FILE", help="TOML, as show --toml writes it")
    read.set_defaults(run=_import)
    _answers(read)
    _add_set(parts.add_parser("set", help="add or change one row"))
    _add_remove(parts.add_parser("remove", help="take one row out"))


def _add_set(parser: argparse.ArgumentParser) -> None:
    rows = parser.add_subparsers(
        dest="row", metavar="person|hours|term|holiday|away|day", required=True
    )
    person = rows.add_parser("person", help="somebody who can be told")
    person.add_argument("id", metavar="ID", help="a role with a number, for example deputy-1")
    person.add_argument("--duty", required=True, choices=[one.value for one in Duty])
    person.add_argument(
        "--way", action="append", required=True, metavar="WAY",
        help="email:ADDRESS, webhook:NAME, other:NAME or console; may be given more than once",
    )  # fmt: skip
    _does(person, lambda found, o: editing.put_person(found, o.id, o.duty, o.way))
    hours = rows.add_parser("hours", help="hours in which somebody is on duty")
    hours.add_argument("person", metavar="PERSON")
    hours.add_argument("--days", default="every day", help="for example mon-fri or sat sun")
    hours.add_argument("--from", dest="begin", default="00:00", metavar="HH:MM")
    hours.add_argument("--until", default="24:00", metavar="HH:MM")
    hours.add_argument("--season", default="always", choices=[one.value for one in Season])
    _does(hours, lambda found, o: editing.add_cover(
        found, o.person, o.days, o.begin, o.until, o.season))  # fmt: skip
    for kind in ("term", "holiday"):
        span = rows.add_parser(kind, help=f"a {kind}, both days in it")
        span.add_argument("name")
        span.add_argument("first", metavar="FIRST", help="2026-09-02")
        span.add_argument("last", metavar="LAST")
        span.set_defaults(kind=kind)
        _does(span, lambda found, o: editing.add_span(found, o.kind, o.name, o.first, o.last))
    away = rows.add_parser("away", help="days on which somebody is told nothing")
    away.add_argument("person", metavar="PERSON")
    away.add_argument("first", metavar="FIRST")
    away.add_argument("last", metavar="LAST")
    _does(away, lambda found, o: editing.add_absence(found, o.person, o.first, o.last))
    day = rows.add_parser("day", help="the school day, and the quiet hours")
    for name in ("day-starts", "day-ends", "quiet-from", "quiet-until"):
        day.add_argument(f"--{name}", metavar="HH:MM")
    _does(day, lambda found, o: editing.set_hours(
        found, day_starts=o.day_starts, day_ends=o.day_ends, quiet_from=o.quiet_from,
        quiet_until=o.quiet_until))  # fmt: skip


def _add_remove(parser: argparse.ArgumentParser) -> None:
    rows = parser.add_subparsers(
        dest="row", metavar="person|hours|term|holiday|away", required=True
    )
    person = rows.add_parser("person", help="and all hours of theirs")
    person.add_argument("id", metavar="ID")
    _does(person, lambda found, o: editing.remove_person(found, o.id))
    removers: dict[str, Callable[[Rota, Any], Rota]] = {
        "hours": lambda found, o: editing.remove_cover(found, o.number),
        "term": lambda found, o: editing.remove_span(found, "term", o.number),
        "holiday": lambda found, o: editing.remove_span(found, "holiday", o.number),
        "away": lambda found, o: editing.remove_absence(found, o.number),
    }
    for kind, remove in removers.items():
        one = rows.add_parser(kind, help="by its number in rota show")
        one.add_argument("number", type=int, metavar="NUMBER")
        _does(one, remove)


def _does(parser: argparse.ArgumentParser, change: Callable[[Rota, Any], Rota]) -> None:
    _answers(parser)
    parser.set_defaults(run=_change, change=change)


def _answers(parser: argparse.ArgumentParser) -> None:
    _school(parser)
    people.add_option(parser)


def _school(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--school", help="short name (default: the collector's first school)")


def _show(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        found = keeping.load(store, options.school or settings.school)
        kept = store.rota(found.school)
    if options.toml:
        print(document.dumps(found), end="")
        return 0
    rows = [_row(found, number, one) for number, one in enumerate(found.cover, 1)]
    told = telling.would_be_told(found, now)
    if options.json:
        output.print_json(
            {
                "school": found.school,
                "version": kept.version if kept else None,
                "told_now": told,
                "hours": rows,
                "people": [
                    {"id": one.id, "duty": one.duty.value, "ways": [str(way) for way in one.ways]}
                    for one in found.people
                ],
                "terms": [_span(one) for one in found.terms],
                "holidays": [_span(one) for one in found.holidays],
                "away": [
                    {"person": one.person, "first": str(one.first), "last": str(one.last)}
                    for one in found.absences
                ],
                "quiet": f"{found.quiet_from:%H:%M} to {found.quiet_until:%H:%M}",
            }
        )
        return 0
    if kept is None:
        print("No rota was set: this is what holds until somebody sets one.\n")
    print("A grade 5 alert that came now would be told to:")
    for number, line in enumerate(told, 1):
        print(f"  {number}. {line}")
    print()
    output.print_rows(rows, _COLUMNS, as_json=False)
    for title, spans in (("Term", found.terms), ("Holiday", found.holidays)):
        for number, one in enumerate(spans, 1):
            print(f"{title} {number}: {one.name}, {one.first} to {one.last}")
    for number, away in enumerate(found.absences, 1):
        print(f"Away {number}: {away.person}, {away.first} to {away.last}")
    print(f"Quiet hours: {found.quiet_from:%H:%M} to {found.quiet_until:%H:%M}")
    return 0


def _check(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        found = keeping.load(store, options.school or settings.school)
    ready = notifiers.load(settings.folder).names
    faults = rota.check(found, now, ready)
    if options.json:
        output.print_json(
            [
                {
                    "says": one.says,
                    "from": times.text(one.begins) if one.begins else None,
                    "until": times.text(one.ends) if one.ends else None,
                }
                for one in faults
            ]
        )
    else:
        for one in faults:
            print(one.says)
        if not faults:
            print("Somebody is on duty at every hour of the next four weeks.")
    return _FOUND if faults else 0


def _import(options: argparse.Namespace) -> int:
    try:
        text = options.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RotaError(f"{options.file}: cannot be read ({error})") from error
    options.change = lambda found, _: document.loads(text, found.school)
    return _change(options)


def _change(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        by = people.account(options, store)
        found = keeping.load(store, options.school or settings.school)
        changed = options.change(found, options)
        version = keeping.save(store, changed, by, now)
    print(f"The rota of {changed.school} is kept as version {version}.", file=sys.stderr)
    for fault in rota.check(changed, now, notifiers.load(settings.folder).names):
        print(f"  {fault.says}", file=sys.stderr)
    return 0


def _row(found: Rota, number: int, row: rota.Cover) -> output.Row:
    person = found.person(row.person)
    return {
        "number": number,
        "person": row.person,
        "duty": telling.DUTIES[person.duty.value] if person else "",
        "hours": telling.hours(row),
        "reached": telling.reached(person) if person else "",
    }


def _span(one: rota.Span) -> output.Row:
    return {"name": one.name, "first": str(one.first), "last": str(one.last)}
