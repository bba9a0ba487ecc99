"""``exemption add|list|end``: what a person allows for a time, in spite of a failed check."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.compliance import exemptions
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "exemption": "Exemption", "state": "State", "check": "Check", "device": "Device",
    "approver": "Approved by", "until": "Until", "reason": "Reason",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    exemption = verbs.add_parser("exemption", help="allow a failed check for a time, on record")
    parts = exemption.add_subparsers(dest="part", metavar="add|list|end", required=True)
    add = parts.add_parser("add", help="allow one check to fail, until a date")
    add.add_argument("check", metavar="CHECK", help="for example disk.system")
    scope = add.add_mutually_exclusive_group(required=True)
    scope.add_argument("--device", help="whole device id")
    scope.add_argument("--all-devices", action="store_true", help="of the school")
    add.add_argument("--school", help="short name (default: the collector's first school)")
    add.add_argument("--reason", required=True, help="why it cannot be mended now")
    add.add_argument("--control", required=True, help="what protects meanwhile")
    add.add_argument("--approver", required=True, help="role that allowed it, not a name")
    add.add_argument("--days", type=float, required=True, help="ends by itself after so long")
    add.set_defaults(run=_add)
    listed = parts.add_parser("list", help="all exemptions, newest first")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    end = parts.add_parser("end", help="end an exemption before its time")
    end.add_argument("exemption_id", metavar="EXEMPTION")
    end.set_defaults(run=_end)


def _add(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        device = exemptions.find_device(store.devices(), options.device)
        one = exemptions.new_exemption(
            school=device.placement.school if device else options.school or settings.school,
            device_id=device.id if device else None,
            check_id=options.check,
            reason=options.reason,
            control=options.control,
            approver=options.approver,
            valid_for=timedelta(days=options.days),
            now=now,
        )
        store.add_exemption(one)
        store.audit(
            "terminal", "exemption added", f"exemption {one.id}",
            f"check {one.check_id} device {one.device_id or 'all'} approver {one.approver}", now,
        )  # fmt: skip
    print(f"Exemption {one.id}: {one.check_id} until {times.text(one.expires_at)}.")
    return 0


def _list(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows: list[output.Row] = [
            {
                "exemption": one.id,
                "state": "ended" if one.ended_at or one.expires_at <= now else "holds",
                "check": one.check_id,
                "school": one.school,
                "device": one.device_id or "all",
                "reason": one.reason,
                "control": one.control,
                "approver": one.approver,
                "from": times.text(one.created_at),
                "until": times.text(one.ended_at or one.expires_at),
            }
            for one in store.exemptions()
        ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 0


def _end(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.end_exemption(options.exemption_id, now)
        store.audit("terminal", "exemption ended", f"exemption {options.exemption_id}", "", now)
    print(f"Exemption {options.exemption_id} holds no more.", file=sys.stderr)
    return 0
