"""``report dsl|head|governors|effectiveness|annual|foi|assurance``: any report in any form."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli import schedules
from tutelage_collector.errors import ConfigError, StateError
from tutelage_collector.figures import Period
from tutelage_collector.reports import catalogue, document, page, paper, terminal
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.reports.catalogue import Entry
    from tutelage_collector.reports.document import Document

_SPANS = {
    "week": "the last 7 days",
    "month": "the last 30 days",
    "term": "this term until today",
    "year": "this academic year until today",
}


def add_parsers(parts: Any) -> None:
    """Add each report as a part of the verb ``report``."""
    schedules.add_parsers(parts)
    for entry in catalogue.CATALOGUE.values():
        span = _SPANS[entry.span.value]
        one = parts.add_parser(entry.name.value, help=f"{entry.for_what} (default: {span})")
        one.add_argument(
            "--from", dest="first", type=day, metavar="DAY", help="first day, as 2026-09-01"
        )
        one.add_argument("--to", dest="last", type=day, metavar="DAY", help="last day, included")
        one.add_argument("--school", help="only of this school (default: the whole trust)")
        form = one.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true")
        form.add_argument("--csv", action="store_true", help="every number, one a line")
        form.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF for printing")
        form.add_argument(
            "--html", type=Path, metavar="FILE", help="write one page that needs nothing else"
        )
        one.set_defaults(run=_run, entry=entry)


def day(text: str) -> date:
    """Return a day as ``argparse`` wants it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        import argparse

        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-09-01") from None


def _run(options: argparse.Namespace) -> int:
    entry: Entry = options.entry
    settings, now = config.load(options.state.absolute()), times.utc_now()
    usual = catalogue.usual_period(entry, now.date())
    first, last = options.first or usual.first, options.last or usual.last
    if options.last and not options.first:
        first = min(first, last)
    if last < first:
        raise ConfigError(f"--from {first} is after --to {last}: swap them, or leave one out")
    with closing(state.open_store(settings)) as store:
        made = catalogue.make(entry, store, settings, now, Period(first, last), options.school)
    _print(made, options)
    return 0


def _print(made: Document, options: argparse.Namespace) -> None:
    if options.pdf:
        write(options.pdf, paper.as_pdf(made))
        print(f"Report: {options.pdf}")
    elif options.html:
        write(options.html, page.standalone(made).encode())
        print(f"Report: {options.html}")
    elif options.csv:
        sys.stdout.write(document.as_csv(made))
    elif options.json:
        output.print_json(document.as_json(made))
    else:
        terminal.show(made)


def write(path: Path, data: bytes) -> None:
    """Write a file that somebody asked for.

    Raises:
        StateError: it cannot be written there.
    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise StateError(f"{path}: cannot be written ({error.strerror}); name another") from error
