"""``report compliance|drift|coverage``, and every report of the catalogue."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import compliance, config, output, state
from tutelage_collector.cli import coverage, dpia, reports_made
from tutelage_collector.reports import compliance as rendered
from tutelage_collector.reports import spreadsheet
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.compliance import Report

_CLAUSE_COLUMNS = {
    "clause": "Clause", "short": "Sentence", "pass": "Pass", "assessed": "Of assessed",
    "percent": "%", "fail": "Fail", "unknown": "Unknown", "exempt": "Exempt",
}  # fmt: skip
_DEVICE_COLUMNS = {
    "clause": "Clause", "label": "Device", "check": "Check", "status": "Standing",
    "found": "Found", "why": "Why", "what_to_do": "What to do",
}  # fmt: skip
_DRIFT_COLUMNS = {
    "at": "When", "check": "Check", "before": "Was", "after": "Is", "devices": "Devices",
    "hint": "Probably",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    report = verbs.add_parser("report", help="reports: on screen, paper, in a spreadsheet")
    parts = report.add_subparsers(dest="part", metavar="REPORT", required=True)
    stands = parts.add_parser(
        "compliance",
        help="sentence by sentence: pass of assessed, unknown, exempt (status 1 = some fail)",
    )
    stands.add_argument("--devices", action="store_true", help="the devices behind the numbers")
    form = stands.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--csv", action="store_true")
    form.add_argument("--pdf", type=Path, metavar="FILE", help="write a PDF for printing")
    stands.set_defaults(run=_compliance)
    drift = parts.add_parser("drift", help="which judgements changed, and what probably did it")
    drift.add_argument("--days", type=float, default=7, help="look back so far (default: 7)")
    drift.add_argument("--json", action="store_true")
    drift.set_defaults(run=_drift)
    coverage.add_report(parts)
    for one in (stands, drift):
        one.add_argument("--school", help="only of this school")
    dpia.add_report(parts)
    reports_made.add_parsers(parts)


def _compliance(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        report = compliance.of_store(
            store, settings.judging.stale_after_days, options.school, times.utc_now()
        )
    if options.pdf:
        reports_made.write(options.pdf, rendered.as_pdf(report))
        print(f"Report: {options.pdf}")
    elif options.csv:
        rows = (
            rendered.device_rows(report, everything=True)
            if options.devices
            else rendered.clause_rows(report)
        )
        sys.stdout.write(spreadsheet.as_csv(rows))
    elif options.json:
        output.print_json(rendered.as_json(report))
    else:
        _print(report, devices=options.devices)
    return 1 if report.failing else 0


def _print(report: Report, *, devices: bool) -> None:
    output.print_rows(rendered.clause_rows(report), _CLAUSE_COLUMNS, as_json=False)
    if devices:
        rows = [row for row in rendered.device_rows(report) if row["check"]]
        output.print_rows(rows, _DEVICE_COLUMNS, as_json=False)
    for due in report.due:
        number = len(due.devices)
        print(
            f"{number} device{'s breach' if number != 1 else ' breaches'} {due.check_id} on "
            f"{due.day:%A %d %B}."
        )


def _drift(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    since = times.utc_now() - timedelta(days=options.days)
    with closing(state.open_store(settings)) as store:
        found = compliance.changes(store.drifts(since, options.school))
    rows: list[output.Row] = [
        {
            "at": times.text(one.last_at),
            "school": one.school,
            "profile": one.profile,
            "check": one.check_id,
            "before": one.before.value,
            "after": one.after.value,
            "devices": len(one.devices),
            "device_ids": list(one.devices),
            "hint": one.hint,
        }
        for one in found
    ]
    output.print_rows(rows, _DRIFT_COLUMNS, as_json=options.json)
    return 0
