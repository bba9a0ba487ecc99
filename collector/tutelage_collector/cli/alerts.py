"""``alert list|watch``: what software raised, and for the DSL what was written."""

from __future__ import annotations

import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, excerpts, output, state
from tutelage_collector.alerts import acknowledge_within, who
from tutelage_collector.cli import passphrase
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.excerpts import Opener
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert

_POLL_SECONDS = 0.1
_COLUMNS = {
    "received": "Received", "grade": "Grade", "area": "Area", "subcategory": "About",
    "channel": "Seen in", "device": "Device", "within": "Look within", "canary": "Self-test",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    alert = verbs.add_parser("alert", help="alerts, newest first, or as they come")
    parts = alert.add_subparsers(dest="part", metavar="list|watch", required=True)
    listed = parts.add_parser("list", help="the newest alerts")
    listed.add_argument("--limit", type=int, default=50, metavar="N")
    watch = parts.add_parser("watch", help="print alerts as they come, until Ctrl-C")
    watch.add_argument("--from-start", action="store_true", help="also those stored already")
    watch.add_argument("--count", type=int, metavar="N", help="end after so many")
    watch.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    for one, run in ((listed, _list), (watch, _watch)):
        one.add_argument("--school", help="only of this school")
        one.add_argument("--json", action="store_true")
        passphrase.add_options(one)
        one.set_defaults(run=run)


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    opener = passphrase.opener(options, settings)
    with closing(state.open_store(settings)) as store:
        found = store.alerts(options.school, options.limit)
        if opener is None:
            rows = [row_of(alert) for alert in found]
            output.print_rows(rows, _COLUMNS, as_json=options.json)
            return 0
        for alert in found:
            _show(alert, opener, store, as_json=options.json)
    return 0


def _watch(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    opener = passphrase.opener(options, settings)
    shown = 0
    until = times.monotonic_ms() + (options.seconds or 0) * 1000
    pause = threading.Event()
    with closing(state.open_store(settings)) as store:
        cursor = 0 if options.from_start else store.last_alert()
        if not options.json:
            print("Watching for alerts; Ctrl-C ends.", file=sys.stderr)
        while True:
            cursor, found = store.alerts_after(cursor)
            for alert in found:
                if options.school and alert.school != options.school:
                    continue
                _show(alert, opener, store, as_json=options.json)
                shown += 1
                if options.count and shown >= options.count:
                    return 0
            if options.seconds and times.monotonic_ms() > until:
                return 0
            if not found:
                pause.wait(_POLL_SECONDS)


def row_of(alert: Alert) -> output.Row:
    """Return an alert as a row of a list: nothing of it tells what was written."""
    within = acknowledge_within(alert.grade)
    return {
        "event": alert.event_id,
        "received": times.text(alert.received_at),
        "occurred": times.text(alert.occurred_at),
        "milliseconds": times.to_ms(alert.received_at) - times.to_ms(alert.occurred_at),
        "grade": alert.grade,
        "within": str(within) if within else "digest",
        "for": who(alert).value,
        "area": alert.risk_area.value,
        "subcategory": alert.subcategory,
        "channel": alert.channel,
        "rule": alert.rule_id,
        "device": alert.device_id,
        "school": alert.school,
        "account": alert.account,
        "repeats": alert.repeats,
        "canary": alert.canary,
        "sequence": alert.sequence,
    }


def _show(alert: Alert, opener: Opener | None, store: Store, *, as_json: bool) -> None:
    row = row_of(alert)
    content = opener(alert) if opener else None
    if content is not None:
        store.audit("terminal", "excerpt opened", f"alert {alert.event_id}", "", times.utc_now())
        row |= {"excerpt": content.excerpt, "source": content.source, "name": content.account}
    if as_json:
        output.print_json_line(row)
        return
    test = "  self-test" if alert.canary else ""
    print(
        f"{row['received']}  grade {alert.grade}  {alert.risk_area.value}/{alert.subcategory}  "
        f"seen in: {alert.channel}  device {alert.device_id[:12]}  "
        f"{row['milliseconds']} ms after it was written{test}",
        flush=True,
    )
    if content is None:
        print("    what was written is sealed to the safeguarding lead", flush=True)
    else:
        print(f"    {excerpts.marked(content)!s}", flush=True)
