"""The school's own list of devices, from a CSV of whatever asset system it has."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import CollectorError
from tutelage_collector.store.records_coverage import ExpectedDevice

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 16 * 2**20
MOST_DEVICES = 50_000
_SERIAL = frozenset({"serial", "serial number", "serialnumber", "serial no", "service tag"})
_LABEL = frozenset(
    {"label", "name", "device", "device name", "devicename", "hostname", "computer name", "asset",
     "asset name"}
)  # fmt: skip
_PLACE = frozenset({"place", "room", "location", "site location", "assigned to group", "year"})
_NOT_A_SERIAL = frozenset({"", "-", "n/a", "na", "none", "unknown", "to be filled by o.e.m.",
                           "default string", "system serial number"})  # fmt: skip


class InventoryError(CollectorError):
    """The list cannot be read; nothing was changed."""


def read_inventory(path: Path, school: str) -> list[ExpectedDevice]:
    """Return the devices of a CSV file.

    Args:
        path: UTF-8 (or Windows-1252) with a heading row, as asset systems, Intune, Jamf or Google
            export it; columns other than serial number, name and place are not read.
        school: whose devices they are.

    Raises:
        InventoryError: it says which line, and what to do.
    """
    # Lines may end as on any system, an old Mac's too.
    rows = csv.reader(io.StringIO(_text(path), newline=None))
    try:
        return _devices(path, rows, school)
    except csv.Error as error:
        raise InventoryError(
            f"{path}: line {rows.line_num}: cannot be read ({error}); save it as CSV again"
        ) from error


def _devices(path: Path, rows: Any, school: str) -> list[ExpectedDevice]:
    headings = [one.strip().casefold() for one in next(rows, [])]
    serial, label, place = (_column(headings, names) for names in (_SERIAL, _LABEL, _PLACE))
    if serial is None and label is None:
        raise InventoryError(
            f"{path}: line 1: no column is called 'serial number' or 'device name'; it has: "
            f"{', '.join(headings) or 'nothing'}"
        )
    found: dict[tuple[str, str], ExpectedDevice] = {}
    for row in rows:
        number = _cell(row, serial)
        number = "" if number.casefold() in _NOT_A_SERIAL else number
        one = ExpectedDevice(school, number, _cell(row, label), _cell(row, place))
        if not one.name:
            if any(cell.strip() for cell in row):
                raise InventoryError(
                    f"{path}: line {rows.line_num}: has neither a serial number nor a name; fill "
                    "one in, or delete the line"
                )
            continue
        key = (one.serial.casefold(), "" if one.serial else one.label.casefold())
        if key in found:
            raise InventoryError(
                f"{path}: line {rows.line_num}: {one.name!r} is there twice; keep one of the lines"
            )
        found[key] = one
        if len(found) > MOST_DEVICES:
            raise InventoryError(f"{path}: more than {MOST_DEVICES} devices: split it by school")
    if not found:
        raise InventoryError(f"{path}: no device below the headings; nothing was changed")
    return list(found.values())


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InventoryError(f"{path}: cannot be read ({error.strerror})") from error
    if len(data) > MOST_BYTES:
        raise InventoryError(f"{path}: larger than {MOST_BYTES // 2**20} MiB: no such list")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _column(headings: list[str], names: frozenset[str]) -> int | None:
    return next((at for at, heading in enumerate(headings) if heading in names), None)


def _cell(row: list[str], at: int | None) -> str:
    text = row[at] if at is not None and at < len(row) else ""
    return " ".join(text.split())[:200]
