"""One table of a policy being read: typed getters, and what is left over at the end is an error.

TOML and JSON both come here; TOML's dates are taken as they are, JSON's as ISO text.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar

from tutelage_wire.errors import DecodeError

if TYPE_CHECKING:
    from enum import StrEnum

E = TypeVar("E", bound="StrEnum")

MOST_TEXT = 400
MOST_ROWS = 500


class Table:
    """A table and where it stands, for messages."""

    def __init__(self, row: object, where: str = "") -> None:
        """Read ``row``, a table."""
        if not isinstance(row, dict):
            raise DecodeError(f"policy: {where or 'it'} must be a table")
        self._row: dict[str, Any] = dict(row)
        self._where = where

    def fault(self, key: str, why: str) -> DecodeError:
        """Return an error about one key."""
        return DecodeError(f"policy: {self._path(key)}: {why}")

    def names(self) -> tuple[str, ...]:
        """Return the keys that were not read yet."""
        return tuple(self._row)

    def has(self, key: str) -> bool:
        """Tell whether a key is there and not read yet."""
        return key in self._row

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text of one line; without a default it must be there and hold something."""
        value = self._take(key, default)
        if not isinstance(value, str) or len(value) > MOST_TEXT or not _printable(value):
            raise self.fault(key, f"must be a text of one line, at most {MOST_TEXT} characters")
        if default is None and not value.strip():
            raise self.fault(key, "must not be empty")
        return value

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.fault(key, f"must be a whole number from {low} to {high}")
        return value

    def truth(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, "must be true or false")
        return value

    def day(self, key: str) -> date:
        """Return a date."""
        value = self._take(key, None)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.fault(key, "must be a date, for example 2026-09-01") from None

    def clock(self, key: str) -> time:
        """Return a time of day, to the minute."""
        value = self._take(key, None)
        try:
            found = value if isinstance(value, time) else time.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.fault(key, 'must be a time of day, for example "08:00"') from None
        if found.tzinfo is not None or found.second or found.microsecond:
            raise self.fault(key, 'must be a time of day to the minute, for example "08:00"')
        return found

    def hexadecimal(self, key: str) -> str:
        """Return a SHA-256 as 64 hex digits."""
        value = self.text(key)
        if len(value) != 64 or set(value) - set("0123456789abcdef"):
            raise self.fault(key, "must be a SHA-256: 64 hex digits, lower case")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; empty where it is not there."""
        value = self._take(key, [])
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            raise self.fault(key, f"must be a list of at most {MOST_ROWS} texts")
        return tuple(Table({key: one}, self._where).text(key) for one in value)

    def one_of(self, kind: type[E], key: str) -> E:
        """Return a member of a closed set."""
        return self._member(kind, key, self.text(key))

    def several_of(self, kind: type[E], key: str) -> frozenset[E]:
        """Return members of a closed set; empty where the key is not there."""
        return frozenset(self._member(kind, key, one) for one in self.texts(key))

    def table(self, key: str) -> Table:
        """Return a table inside."""
        return Table(self._take(key, None), self._path(key))

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables; empty where it is not there."""
        value = self._take(key, [])
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            raise self.fault(key, f"must be a list of at most {MOST_ROWS} tables")
        return [Table(one, f"{self._path(key)}[{at}]") for at, one in enumerate(value, 1)]

    def named(self, key: str) -> dict[str, Table]:
        """Return tables by name; empty where the key is not there."""
        value = self._take(key, {})
        if not isinstance(value, dict) or len(value) > MOST_ROWS:
            raise self.fault(key, f"must be at most {MOST_ROWS} named tables")
        return {name: Table(one, f"{self._path(key)}.{name}") for name, one in value.items()}

    def end(self) -> None:
        """Make sure that nothing is left over.

        Raises:
            DecodeError: an unknown key: a typing slip would otherwise be a rule that never was.
        """
        if self._row:
            raise self.fault(min(self._row), "is not a key that this version knows")

    def _take(self, key: str, default: object) -> Any:
        if key not in self._row:
            if default is None:
                raise self.fault(key, "is missing")
            return default
        return self._row.pop(key)

    def _member(self, kind: type[E], key: str, value: str) -> E:
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(kind)
            raise self.fault(key, f"{value!r} is not one of {known}") from None

    def _path(self, key: str) -> str:
        return ".".join(part for part in (self._where, key) if part)


def _printable(text: str) -> bool:
    return all(one.isprintable() for one in text)
