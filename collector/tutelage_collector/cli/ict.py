"""``ict list|sites``: what devices tell the ICT manager."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.ict_words import FOR_THE_HEAD, in_words
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "received": "Received", "device": "Device", "said": "What", "detail": "Detail",
    "sha256": "SHA-256", "account": "Account",
}  # fmt: skip
_SITES = {"day": "Day", "category": "Category", "visits": "Visits", "devices": "Devices"}


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser(
        "ict", help="what devices tell ICT: downloads, tools, tunnels, drives, site categories"
    )
    parts = verb.add_subparsers(dest="part", metavar="list|sites", required=True)
    listed = parts.add_parser("list", help="findings, newest first (status 1: there are some)")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument(
        "--kind",
        default="",
        help=f"only of this kind, as --json shows it; {FOR_THE_HEAD}, which is the headteacher's, "
        "is shown only so",
    )
    listed.add_argument("--limit", type=int, default=200, metavar="N")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    sites = parts.add_parser(
        "sites", help="visits by category and day, where the signed policy has them counted"
    )
    sites.add_argument("--school", help="only of this school")
    sites.add_argument("--days", type=int, default=28, metavar="N")
    sites.add_argument("--json", action="store_true")
    sites.set_defaults(run=_sites)


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        labels = {
            view.device.id: view.device.evidence.label or view.device.id[:12]
            for view in store.devices(options.school)
        }
        rows: list[output.Row] = [
            {
                "id": one.id, "received": times.text(one.received_at),
                "occurred": times.text(one.occurred_at), "school": one.school,
                "device": labels.get(one.device_id, one.device_id[:12]),
                "device_id": one.device_id, "kind": one.kind, "said": in_words(one.kind).said,
                "detail": one.detail, "sha256": one.sha256, "account": one.account,
            }
            for one in store.ict_findings(options.school, options.kind, options.limit)
            if one.kind != FOR_THE_HEAD or options.kind == FOR_THE_HEAD
        ]  # fmt: skip
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 1 if rows else 0


def _sites(options: argparse.Namespace) -> int:
    since = (times.utc_now() - timedelta(days=options.days)).date()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows: list[output.Row] = [
            {"day": one.day.isoformat(), "category": one.category, "visits": one.visits,
             "devices": one.devices}
            for one in store.site_counts(since, options.school)
        ]  # fmt: skip
    output.print_rows(rows, _SITES, as_json=options.json)
    return 0
