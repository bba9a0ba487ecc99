"""An MIS's CSV -> people, or what is wrong with which line. Pure; nothing of it is logged."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError
from tutelage_collector.mis.columns import ALIASES, Column, meaning
from tutelage_collector.store.records_people import Level, PersonKind
from tutelage_wire.events import AgeBand

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ROWS = 100_000
_MOST_FIELD = 200
_NO = frozenset(
    {"", "n", "no", "f", "false", "0", "none", "n/a", "-", "no sen", "no special needs"}
)
_REASONS = {
    Column.CHILD_PROTECTION: (Level.HIGH, "child protection"),
    Column.LOOKED_AFTER: (Level.HIGH, "looked after"),
    Column.VULNERABLE: (Level.HIGH, "vulnerable"),
    Column.SEND: (Level.RAISED, "SEND"),
    Column.YOUNG_CARER: (Level.RAISED, "young carer"),
}
_YEAR = re.compile(r"(?:year|yr|y)?\s*(\d{1,2})", re.IGNORECASE)
_EARLY = frozenset({"r", "reception", "n", "nursery", "n1", "n2", "year r"})
_PRIMARY_TO, _SECONDARY_TO, _LAST_YEAR = 6, 11, 14
_STAFF = frozenset({"staff", "teacher", "employee", "governor", "volunteer"})
_LEVELS = (Level.STANDARD, Level.RAISED, Level.HIGH)


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the file has them. It exists in memory only."""

    line: int
    account: str
    name: str
    identifier: str
    year: str
    kind: PersonKind
    age_band: AgeBand
    level: Level
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bad:
    """A line that cannot be used, and why; without its words."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a file holds."""

    rows: tuple[Row, ...]
    bad: tuple[Bad, ...]
    ignored: tuple[str, ...]
    """Headings of columns that are not read."""


def read(text: str, kind: PersonKind | None) -> Read:
    """Return the people of a CSV.

    Args:
        text: the file, with one line of headings.
        kind: of all of them; None = as the file's own column says, else pupils.

    Raises:
        ConfigError: the headings do not say where accounts are, or it is no CSV.
    """
    lines = csv.reader(text.lstrip("\ufeff").splitlines(keepends=True), strict=False)
    try:
        headings = next(lines, [])
        columns = {index: found for index, one in enumerate(headings) if (found := meaning(one))}
        if Column.ACCOUNT not in columns.values():
            known = ", ".join(ALIASES[Column.ACCOUNT][:6])
            raise ConfigError(
                f"line 1: no column holds the name of the device account; call it one of: {known}"
            )
        rows: dict[str, Row] = {}
        bad: list[Bad] = []
        for values in lines:
            if not any(value.strip() for value in values):
                continue
            row = _row(lines.line_num, _fields(values, columns), kind)
            if isinstance(row, Bad):
                bad.append(row)
            elif row.account in rows:
                first = rows[row.account].line
                bad.append(Bad(row.line, f"the same account as line {first}"))
            elif len(rows) >= MOST_ROWS:
                raise ConfigError(f"more than {MOST_ROWS:,} people: is this the right file?")
            else:
                rows[row.account] = row
    except csv.Error as error:
        raise ConfigError(f"line {lines.line_num}: not CSV: {error}") from error
    ignored = tuple(one.strip() for index, one in enumerate(headings) if index not in columns)
    return Read(tuple(rows.values()), tuple(bad), tuple(one for one in ignored if one))


def _fields(values: list[str], columns: Mapping[int, Column]) -> dict[Column, str]:
    found: dict[Column, str] = {}
    for index, column in columns.items():
        value = values[index].strip() if index < len(values) else ""
        if value and not found.get(column):  # the first of two columns that holds something
            found[column] = value
    return found


def _row(line: int, fields: Mapping[Column, str], kind: PersonKind | None) -> Row | Bad:
    account = account_of(fields.get(Column.ACCOUNT, ""))
    if not account:
        return Bad(line, "no device account")
    if any(len(value) > _MOST_FIELD for value in fields.values()):
        return Bad(line, f"a value is longer than {_MOST_FIELD} characters")
    said = fields.get(Column.KIND, "").lower()
    found = kind or (PersonKind.STAFF if said in _STAFF else PersonKind.PUPIL)
    band = AgeBand.ADULT if found is PersonKind.STAFF else _band(fields.get(Column.YEAR, ""))
    if band is None:
        return Bad(line, "the year group is none of R, 1 to 14")
    flags = {
        column: what
        for column, what in _REASONS.items()
        if fields.get(column, "").lower() not in _NO
    }
    names = (fields.get(Column.FORENAME, ""), fields.get(Column.SURNAME, ""))
    return Row(
        line=line,
        account=account,
        name=" ".join(one for one in names if one) or fields.get(Column.NAME, ""),
        identifier=fields.get(Column.IDENTIFIER, ""),
        year=fields.get(Column.YEAR, ""),
        kind=found,
        age_band=band,
        level=max((level for level, _ in flags.values()), key=_LEVELS.index,
                  default=Level.STANDARD),
        reasons=tuple(reason for _, reason in flags.values()),
    )  # fmt: skip


def account_of(value: str) -> str:
    """Return the device account's name: an e-mail address's first half, without a domain."""
    return value.strip().rpartition("\\")[2].partition("@")[0].casefold()


def _band(year: str) -> AgeBand | None:
    if year.lower() in _EARLY:
        return AgeBand.PRIMARY
    found = _YEAR.fullmatch(year.strip())
    number = int(found[1]) if found else -1
    if not 0 <= number <= _LAST_YEAR:
        return None
    if number <= _PRIMARY_TO:
        return AgeBand.PRIMARY
    return AgeBand.SECONDARY if number <= _SECONDARY_TO else AgeBand.SIXTH_FORM
