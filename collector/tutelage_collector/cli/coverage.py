"""``report coverage`` and ``inventory import|list``: what monitoring covers, out of what."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, coverage, output, state
from tutelage_collector.reports import coverage as rendered
from tutelage_collector.reports import spreadsheet
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse


_STANDING_COLUMNS = {"devices": "Devices", "said": "Standing", "what_to_do": "What to do"}
_FAULT_COLUMNS = {"devices": "Devices", "said": "What is wrong", "what_to_do": "What to do"}
_SPOT_COLUMNS = {"devices": "Devices", "sensor": "Source", "said": "Cannot be seen",
                 "what_to_do": "What to do"}  # fmt: skip
_DEVICE_COLUMNS = {
    "name": "Device", "place": "Place", "said": "Standing", "last_seen": "Last seen",
    "channels": "Sources", "blind_spots": "Cannot see",
}  # fmt: skip
_LIST_COLUMNS = {"school": "School", "serial": "Serial number", "label": "Name", "place": "Place"}


def add_report(parts: Any) -> None:
    """Add ``coverage`` to the reports."""
    shown = parts.add_parser(
        "coverage",
        help="which devices are seen, proven or blind, out of the school's own list (status 1: "
        "some are missing, silent, quiet or blind, or messages do not get through)",
    )
    shown.add_argument("--school", help="only of this school")
    shown.add_argument("--devices", action="store_true", help="each device")
    form = shown.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--csv", action="store_true", help="each device, for a spreadsheet")
    shown.set_defaults(run=_coverage)


def add_parsers(verbs: Any) -> None:
    """Add the verb ``inventory``."""
    inventory = verbs.add_parser("inventory", help="the school's own list of devices")
    parts = inventory.add_subparsers(dest="part", metavar="import|list", required=True)
    imported = parts.add_parser(
        "import",
        help="replace a school's list by a CSV with serial numbers or device names",
        description="Replaces a school's list by a CSV file as asset systems, Intune, Jamf or "
        "Google export it. Columns read: serial number, device name, room or location. With "
        "--dry-run it only says what would change.",
    )
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument("--school", help="whose devices (default: the trust's only school)")
    imported.add_argument("--dry-run", action="store_true", help="say what would change")
    imported.set_defaults(run=_import)
    listed = parts.add_parser("list", help="the devices of the list")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)


def _coverage(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = coverage.of_store(store, options.school, times.utc_now())
    if options.json:
        output.print_json(rendered.as_json(found))
    elif options.csv:
        sys.stdout.write(spreadsheet.as_csv(rendered.device_rows(found)))
    else:
        print(rendered.summary(found))
        if faults := rendered.fault_rows(found):
            output.print_rows(faults, _FAULT_COLUMNS, as_json=False)
        rows = [row for row in rendered.standing_rows(found) if row["standing"] != "proven"]
        if rows:
            output.print_rows(rows, _STANDING_COLUMNS, as_json=False)
        if spots := rendered.spot_rows(found):
            output.print_rows(spots, _SPOT_COLUMNS, as_json=False)
        if options.devices:
            output.print_rows(rendered.device_rows(found), _DEVICE_COLUMNS, as_json=False)
        print("No device sees:")
        for line in coverage.never_seen():
            print(f"  - {line}")
        if not found.from_inventory:
            print("No list of the school's devices: inventory import FILE shows those missing.")
    worst = coverage.Standing
    bad = found.count(
        worst.MISSING, worst.NEVER_HEARD, worst.SILENT, worst.QUIET, worst.BLIND
    )  # fmt: skip
    return 1 if bad or found.undelivered else 0


def _import(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    school = options.school or settings.school
    new = coverage.read_inventory(options.file, school)
    with closing(state.open_store(settings)) as store:
        old = {(one.serial.casefold(), one.label.casefold()) for one in
               store.expected_devices(school)}  # fmt: skip
        keys = {(one.serial.casefold(), one.label.casefold()) for one in new}
        change = f"{len(keys - old)} added, {len(old - keys)} removed, {len(keys & old)} kept"
        if options.dry_run:
            print(f"{school}: {change}; nothing was written (--dry-run)")
            return 0
        store.expect_devices(school, new)
        store.audit("terminal", "inventory import", f"school {school}", change, times.utc_now())
        print(f"{school}: {len(new)} devices: {change}")
        print(rendered.summary(coverage.of_store(store, school, times.utc_now())))
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows: list[output.Row] = [
            {"school": one.school, "serial": one.serial, "label": one.label, "place": one.place}
            for one in store.expected_devices(options.school)
        ]
    output.print_rows(rows, _LIST_COLUMNS, as_json=options.json)
    return 0
