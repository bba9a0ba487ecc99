"""What commands print: tables for people, tab-separated lines for pipes, JSON for programs."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, object]
"""One row of a list as JSON shows it; values are text, numbers, truth values or None."""


def print_rows(rows: Sequence[Row], columns: Mapping[str, str], *, as_json: bool) -> None:
    """Print a list.

    Args:
        rows: what is listed, in order.
        columns: key of a row -> heading, for people; JSON shows all keys.
        as_json: print one JSON array instead.
    """
    if as_json:
        print_json(rows)
    elif sys.stdout.isatty():
        _print_table(rows, columns)
    else:
        for row in rows:
            print("\t".join(_plain(row[key]) for key in columns))  # noqa: T201


def print_facts(row: Row, *, as_json: bool) -> None:
    """Print one thing, a line a fact; lists as one line an item."""
    if as_json:
        print_json(row)
        return
    width = max(len(key) for key in row) + 2
    for key, value in row.items():
        for one in value if isinstance(value, list) else [value]:
            print(f"{key.replace('_', ' '):<{width}}{_plain(one)}")  # noqa: T201


def print_json(value: object) -> None:
    """Print one JSON value."""
    print(json.dumps(value, indent=2, ensure_ascii=False))  # noqa: T201


def print_json_line(row: Row) -> None:
    """Print one row as one line of JSON, at once: somebody is waiting at the other end."""
    print(json.dumps(row, ensure_ascii=False), flush=True)  # noqa: T201


def _print_table(rows: Sequence[Row], columns: Mapping[str, str]) -> None:
    # Only where a person looks: importing rich takes longer than most commands.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns.values(), box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(_plain(row[key]) for key in columns))
    console = Console(width=shutil.get_terminal_size().columns, markup=False, highlight=False)
    console.print(table)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return printable(str(value))


def printable(text: str) -> str:
    """Return text that steers no terminal: a device's own words reach one."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
