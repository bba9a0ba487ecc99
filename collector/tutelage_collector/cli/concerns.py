"""``concern``: what a person makes of alerts, from the first note to the outcome.

What is written is sealed here, before it is stored; reading it needs the passphrase.
"""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, excerpts, output, state
from tutelage_collector.cli import (
    concern_decisions,
    concern_steps,
    cpoms,
    passphrase,
    people,
    words,
)
from tutelage_collector.concerns import desk, rules, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import SecretError
from tutelage_collector.store.records_concerns import (
    About,
    ConcernId,
    ConcernState,
    Source,
)
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern, Entry

_COLUMNS = {
    "concern": "Concern", "state": "State", "grade": "Grade", "about": "About",
    "subcategory": "Of", "opened": "Opened", "alerts": "Alerts", "outcome": "Outcome",
    "cpoms": "CPOMS", "next": "Next",
}  # fmt: skip
_SHORT = 12


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("concern", help="what a person makes of alerts, to the outcome")
    parts = verb.add_subparsers(dest="part", metavar="PART", required=True)
    create = parts.add_parser("create", help="make a concern from alerts, or without one")
    create.add_argument("events", nargs="*", metavar="EVENT", help="ids (alert list --json)")
    create.add_argument("--about", choices=[one.value for one in About],
                        help="whom it is about (default: by the alerts' age band)")  # fmt: skip
    create.add_argument("--grade", type=int, choices=range(1, 6), default=3,
                        help="how pressing, without an alert (default: 3)")  # fmt: skip
    create.add_argument("--school", help="without an alert (default: the collector's first school)")
    words.add_option(create, "a first note")
    create.add_argument("--json", action="store_true")
    people.add_option(create)
    create.set_defaults(run=_create)
    listed = parts.add_parser("list", help="all concerns, open ones first")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--open-only", action="store_true", help="without closed ones")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    show = parts.add_parser("show", help="one concern with its timeline")
    show.add_argument("concern", metavar="CONCERN")
    show.add_argument("--json", action="store_true")
    passphrase.add_options(show)
    people.add_option(show)
    show.set_defaults(run=_show)
    concern_steps.add_parsers(parts)
    concern_decisions.add_parsers(parts)
    cpoms.add_feedback(parts)


def _create(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    text = words.read(options, "A first note", needed=not options.events)
    concern_id = ConcernId(workflow.new_id())
    about = About(options.about) if options.about else None
    with closing(state.open_store(settings)) as store:
        by = people.account(options, store)
        said = Said(by, now)
        if options.events:
            alerts = desk.alerts_of(store, options.events)
            change = workflow.open_from_alerts(concern_id, alerts, about, said)
            if text:
                said = words.sealed_said(settings, store, change.concern, text, by, now)
                change = workflow.open_from_alerts(concern_id, alerts, about, said)
        else:
            school = config.check_name(options.school or settings.school, "school")
            made = about or About.PUPIL
            bare = workflow.open_by_hand(
                concern_id, school, made, options.grade, Source.PERSON, said
            ).concern
            said = words.sealed_said(settings, store, bare, text, by, now)
            change = workflow.open_by_hand(
                concern_id, school, made, options.grade, Source.PERSON, said
            )
        concern = desk.begin(store, change, said)
        if options.json:
            output.print_json(row_of(store, concern, now))
    if not options.json:
        print(f"Concern {concern.id}. {rules.goes_past(concern.about)}")
    return 0


def _list(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows = [
            row_of(store, one, now)
            for one in store.concerns(options.school)
            if not options.open_only or one.state is not ConcernState.CLOSED
        ]
    short = [row | {"concern": str(row["concern"])[:_SHORT]} for row in rows]
    output.print_rows(rows if options.json else short, _COLUMNS, as_json=options.json)
    return 0


def _show(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        concern = concern_steps.find(options, store, now)
        entries = store.concern_entries(concern.id)
        alerts = store.concern_alerts(concern.id)
        row = row_of(store, concern, now)
        row["timeline"] = [_entry_row(store, settings.trust, one, key) for one in entries]
        row["events"] = [_alert_row(store, settings.trust, one, key) for one in alerts]
        if key is not None:
            store.audit(options.by, "concern opened", f"concern {concern.id}", "", now)
    if options.json:
        output.print_json(row)
        return 0
    _print(concern, row, sealed_away=key is None)
    return 0


def _print(concern: Concern, row: output.Row, *, sealed_away: bool) -> None:
    print(f"Concern {concern.id}  grade {concern.grade}  {row['state']}  about {row['about']}")
    print(f"Next: {row['next']}\n")
    for line in row["timeline"]:  # type: ignore[attr-defined]
        print(f"{line['at']}  {line['kind']}  {line['code']}  by {line['by']}".rstrip())
        if line["text"]:
            for written in str(line["text"]).splitlines():
                print(f"    {output.printable(written)}")
        elif line["sealed"]:
            print("    (sealed)")
    for event in row["events"]:  # type: ignore[attr-defined]
        excerpt = output.printable(event["excerpt"])
        print(f"Alert {event['event']}  {event['subcategory']}  {excerpt}")
    if sealed_away:
        print("\nWhat was written is sealed: --open asks for the passphrase.", file=sys.stderr)


def row_of(store: Store, concern: Concern, now: datetime) -> output.Row:
    """Return a concern as a row of a list: nothing of it tells whom it is about."""
    entries = store.concern_entries(concern.id)
    return {
        "concern": concern.id,
        "school": concern.school,
        "state": concern.state.value,
        "about": concern.about.value,
        "source": concern.source.value,
        "grade": concern.grade,
        "area": concern.risk_area,
        "subcategory": concern.subcategory,
        "opened": times.text(concern.opened_at),
        "by": concern.opened_by,
        "alerts": len(store.concern_events(concern.id)),
        "outcome": concern.outcome.value if concern.outcome else None,
        "outcome_at": times.text(concern.outcome_at) if concern.outcome_at else None,
        "closed": times.text(concern.closed_at) if concern.closed_at else None,
        "police": concern.police.value if concern.police else None,
        "police_asked": rules.asks_about_police(concern),
        "complaint_since": times.text(concern.complaint_since) if concern.complaint_since else None,
        "cpoms": concern.cpoms_reference or ("due" if rules.belongs_on_cpoms(concern) else None),
        "cpoms_at": times.text(concern.cpoms_at) if concern.cpoms_at else None,
        "cpoms_overdue": rules.cpoms_overdue(concern, now),
        "next": rules.next_step(concern, entries),
    }


def _entry_row(
    store: Store, trust: str, entry: Entry, key: x25519.X25519PrivateKey | None
) -> output.Row:
    text = excerpts.note_text(entry, key, trust, store) if key is not None else ""
    return {
        "entry": entry.id,
        "at": times.text(entry.at),
        "by": entry.by,
        "kind": entry.kind.value,
        "code": entry.code,
        "sealed": bool(entry.sealed),
        "text": text,
    }


def _alert_row(
    store: Store, trust: str, alert: Alert, key: x25519.X25519PrivateKey | None
) -> output.Row:
    row: output.Row = {
        "event": alert.event_id,
        "occurred": times.text(alert.occurred_at),
        "grade": alert.grade,
        "subcategory": alert.subcategory,
        "channel": alert.channel,
        "device": alert.device_id,
        "account": alert.account,
        "excerpt": "",
        "name": "",
    }
    if key is not None:
        try:
            content = excerpts.opener(key, trust, store)(alert)
        except SecretError:
            return row  # sealed to another reader; the concern's own words may still be open
        if content is not None:
            row |= {"excerpt": content.excerpt, "name": content.account}
    return row
