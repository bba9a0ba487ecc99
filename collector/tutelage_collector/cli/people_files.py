"""Lists of people as CSV, for the registers: read whole, checked whole, then applied or not.

Names are refused by their column's name: the registers hold references, and the school's own
list says who they are.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tutelage_collector import output
from tutelage_collector.errors import ConfigError
from tutelage_collector.store.records_registers import Member

if TYPE_CHECKING:
    import argparse
    from collections.abc import Collection
    from pathlib import Path

    from tutelage_collector.store import Store

_MAX_ROWS = 50_000
_MAX_REFERENCE = 64
_NAMES = frozenset({"name", "first_name", "last_name", "surname", "forename", "full_name"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list."""

    number: int
    kind: str
    reference: str
    school: str
    what: str
    """Version or course; "" = only expected."""
    on: date | None


def read(
    path: Path, what: str, on: str, kinds: Collection[str], school: str, today: date
) -> list[Line]:
    """Return the lines of a list.

    Args:
        path: CSV with columns ``kind``, ``reference``, and as the school likes ``school``, and
            the two that ``what`` and ``on`` name.
        what: column of the version or course.
        on: column of the day.
        kinds: what may stand in ``kind``.
        school: of a line that names none.
        today: no day may lie after it.

    Raises:
        ConfigError: it names file, line and remedy; nothing was applied.
    """
    known = {"kind", "reference", "school", what, on}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            heads = [head.strip().lower() for head in reader.fieldnames or []]
            _check_heads(path, heads, known)
            reader.fieldnames = heads
            found: list[Line] = []
            for row in reader:
                if len(found) >= _MAX_ROWS:
                    raise ConfigError(f"{path}: more than {_MAX_ROWS:,} lines; split it")
                found.append(_line(path, reader.line_num, row, what, on, kinds, school, today))
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            f"{path}: cannot be read as CSV ({error}); save it as CSV UTF-8"
        ) from error


def _check_heads(path: Path, heads: list[str], known: set[str]) -> None:
    named = _NAMES.intersection(heads)
    if named:
        raise ConfigError(
            f"{path}: column {sorted(named)[0]}: names are not kept here; leave the column out, "
            "a reference that your school knows is enough"
        )
    for head in heads:
        if head not in known:
            raise ConfigError(
                f"{path}: column {head}: not known; known: {', '.join(sorted(known))}"
            )
    for needed in ("kind", "reference"):
        if needed not in heads:
            raise ConfigError(f"{path}: column {needed}: missing; the first line names the columns")


def _line(
    path: Path, number: int, row: dict[str, str | None], what: str, on: str,
    kinds: Collection[str], school: str, today: date,
) -> Line:  # fmt: skip
    where = f"{path}: line {number}"
    kind = (row.get("kind") or "").strip().lower()
    if kind not in kinds:
        raise ConfigError(f"{where}: kind {kind!r}: write one of {', '.join(sorted(kinds))}")
    reference = (row.get("reference") or "").strip()
    if not reference or len(reference) > _MAX_REFERENCE:
        raise ConfigError(f"{where}: reference: write 1 to {_MAX_REFERENCE} characters")
    text, named = (row.get(on) or "").strip(), (row.get(what) or "").strip()
    if bool(text) != bool(named):
        raise ConfigError(f"{where}: {what} and {on} belong together: write both or neither")
    try:
        when = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"{where}: {on} {text!r}: write the day as 2026-09-01") from error
    if when is not None and when > today:
        raise ConfigError(f"{where}: {on} {text}: lies ahead")
    return Line(number, kind, reference, (row.get("school") or "").strip() or school, named, when)


def newcomers(store: Store, lines: Collection[Line]) -> int:
    """Return how many people of a list are not in the registers yet."""
    known = {(one.school, one.kind, one.reference) for one in store.members()}
    return len({(one.school, one.kind, one.reference) for one in lines} - known)


def expect(store: Store, lines: Collection[Line], today: date) -> None:
    """Keep everybody of a list in the registers, from ``today``."""
    store.add_members(Member(one.school, one.kind, one.reference, today) for one in lines)


def print_imported(
    options: argparse.Namespace, lines: int, new: int, fresh: int, what: str
) -> None:
    """Print what a list changed, or would change."""
    if options.json:
        output.print_json(
            {"lines": lines, "new_people": new, f"new_{what}": fresh, "applied": options.apply}
        )
        return
    done = "Applied" if options.apply else "Would change (say --apply to do it)"
    print(f"{done}: {new} people and {fresh} {what} are new, of {lines} lines.")
