"""``cpoms export|log|status``, and ``concern feedback``: what leaves a concern, opened here."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, excerpts, output, state
from tutelage_collector.cli import concern_steps, passphrase, people, words
from tutelage_collector.concerns import desk, feedback, rules, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.cpoms import categories, export, narrative
from tutelage_collector.errors import SecretError
from tutelage_collector.store.records_concerns import EntryKind
from tutelage_collector.web.said import SAY
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Entry
    from tutelage_wire.sealed import Content

_SEALED = "(sealed)"


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("cpoms", help="put a concern into CPOMS's words; is all logged there?")
    parts = verb.add_subparsers(dest="part", metavar="export|log|status", required=True)
    out = parts.add_parser("export", help="write one concern: narrative to copy, CSV and JSON")
    out.add_argument("concern", metavar="CONCERN")
    out.add_argument("--out", type=Path, metavar="FOLDER", help="is made (default: print it)")
    out.add_argument("--json", action="store_true", help="print the JSON row")
    passphrase.add_options(out)
    people.add_option(out)
    out.set_defaults(run=_export)
    log = parts.add_parser("log", help="record CPOMS's reference of a concern")
    log.add_argument("concern", metavar="CONCERN")
    log.add_argument("reference", metavar="REFERENCE", help="as it stands in CPOMS; no names")
    people.add_option(log)
    log.set_defaults(run=_log)
    status = parts.add_parser("status", help="how complete logging is (status 1: some overdue)")
    status.add_argument("--school", help="only of this school")
    status.add_argument("--json", action="store_true")
    status.set_defaults(run=_status)


def add_feedback(parts: Any) -> None:
    """Add ``concern feedback`` to the parser of ``concern``."""
    tell = parts.add_parser("feedback", help="tell the pack's authors of a false positive")
    tell.add_argument("concern", metavar="CONCERN")
    words.add_option(tell, "an invented example, never the child's own words")
    tell.add_argument("--json", action="store_true")
    passphrase.add_options(tell)
    people.add_option(tell)
    tell.set_defaults(run=_feedback)


def _export(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    map_ = categories.load(settings.folder)
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        concern = concern_steps.find(options, store, now)
        entries = store.concern_entries(concern.id)
        alerts = store.concern_alerts(concern.id)
        read = _reader(store, settings.trust, entries, alerts, key)
        category = map_.of(concern)
        parts = narrative.narrative(
            concern, entries, alerts, category, export.evidence_hash(alerts), SAY
        )
        text = narrative.opened(parts, read)
        linked = [
            read(one.id) if one.sealed else one.code
            for one in entries
            if one.kind is EntryKind.PUPIL_LINKED
        ]
        row = export.row_of(concern, alerts, category, linked, text if key else "")
        if options.out:
            export.write(options.out, row, text)
        said = Said(options.by, now)
        code = "with its words" if key else "without its words"
        desk.take(
            store, concern, workflow.remark(concern, EntryKind.CPOMS_EXPORTED, code, said), said
        )
    if options.json:
        output.print_json(row)
    elif options.out:
        print(f"CPOMS: {options.out}. Copy {export.NARRATIVE} into CPOMS, then: cpoms log")
    else:
        for line in text.splitlines():
            print(output.printable(line))
    if key is None:
        print("What was written is sealed: --open asks for the passphrase.", file=sys.stderr)
    return 0


def _log(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        concern = concern_steps.find(options, store, now)
        said = Said(options.by, now)
        desk.take(store, concern, workflow.log_on_cpoms(concern, options.reference, said), said)
    print(f"Concern {concern.id[:12]} is on CPOMS as {options.reference}.", file=sys.stderr)
    return 0


def _status(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = rules.logged(store.concerns(options.school, limit=1_000_000), now)
    row: output.Row = {
        "due": found.due,
        "logged": found.done,
        "percent": round(100 * found.done / found.due) if found.due else None,
        "median_hours": found.median_hours,
        "overdue": list(found.overdue),
    }
    if options.json:
        output.print_json(row)
    else:
        share = f" ({row['percent']} %)" if found.due else ""
        print(f"{found.done} of {found.due} concerns that belong on CPOMS are logged{share}.")
        for concern_id in found.overdue:
            print(f"Overdue: {concern_id}")
    return 1 if found.overdue else 0


def _feedback(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    example = words.read(options, "An invented example", needed=False)
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        concern = concern_steps.find(options, store, now)
        alerts = store.concern_alerts(concern.id)
        shapes = {
            one.event_id: feedback.shape_of(content)
            for one in alerts
            if (content := _content(store, settings.trust, one, key)) is not None
        }
        rows = feedback.feedback(concern, alerts, shapes, example, now)
        store.audit(options.by, "pack feedback made", f"concern {concern.id}", "", now)
    if options.json:
        output.print_json(rows)
        return 0
    for row in rows:
        print(f"{row['rule']}  {row['verdict']}  {row['shape']}\n{row['change']}  {row['effect']}")
    return 0


def _content(
    store: Store, trust: str, alert: Alert, key: x25519.X25519PrivateKey | None
) -> Content | None:
    if key is None:
        return None
    try:
        return excerpts.opener(key, trust, store)(alert)
    except SecretError:
        return None


def _reader(
    store: Store,
    trust: str,
    entries: list[Entry],
    alerts: list[Alert],
    key: x25519.X25519PrivateKey | None,
) -> Callable[[str], str]:
    lines: dict[str, Entry] = {one.id: one for one in entries}
    found: dict[str, Alert] = {one.event_id: one for one in alerts}

    def read(reference: str) -> str:
        if key is None:
            return _SEALED
        if reference in found:
            content = _content(store, trust, found[reference], key)
            return f"\u201c{content.excerpt}\u201d" if content else _SEALED
        return excerpts.note_text(lines[reference], key, trust, store)

    return read
