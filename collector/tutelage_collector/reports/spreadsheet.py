"""Rows as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tutelage_collector.output import Row

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: list[Row]) -> str:
    """Return rows as CSV; what is a list or a table itself is left out."""
    out = io.StringIO()
    flat = [
        {key: value for key, value in row.items() if not isinstance(value, (dict, list))}
        for row in rows
    ]
    if flat:
        writer = csv.DictWriter(out, list(flat[0]))
        writer.writeheader()
        for row in flat:
            writer.writerow({key: _harmless(value) for key, value in row.items()})
    return out.getvalue()


def _harmless(value: object) -> object:
    """Keep a spreadsheet from reading a device's words as a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
