"""``evidence export|verify``: what a device signed, for people outside."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, evidence, state
from tutelage_collector.cli import passphrase
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("evidence", help="export alerts with proofs, or check such a folder")
    parts = verb.add_subparsers(dest="part", metavar="export|verify", required=True)
    export = parts.add_parser(
        "export", help="write chosen alerts, and nobody else's records, with all proofs"
    )
    export.add_argument("events", nargs="+", metavar="EVENT", help="ids (alert list --json)")
    export.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="is made")
    export.add_argument(
        "--concern", action="append", default=[], metavar="ID",
        help="with this concern's decisions too; those about a pupil that the alerts are in come "
        "by themselves",
    )  # fmt: skip
    export.add_argument("--reason", required=True, help="why; goes into the audit log")
    passphrase.add_options(export)
    export.set_defaults(run=_export)
    check = parts.add_parser("verify", help="check a folder, offline (status 1 = it is not whole)")
    check.add_argument("folder", type=Path, metavar="FOLDER")
    check.add_argument("--root", default="", metavar="SHA256", help="the root's fingerprint")
    check.add_argument(
        "--list", action="store_true", help="also what each event says, as its device signed it"
    )
    check.set_defaults(run=_verify)


def _export(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    held = state.load(settings.folder)
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        for event_id in options.events:
            store.audit(
                "terminal",
                "evidence exported with its words" if key else "evidence exported",
                f"alert {event_id}", options.reason[:300], now,
            )  # fmt: skip
        evidence.export(
            store, held, settings.trust, options.events, options.out, now, key, options.concern
        )
    print(f"Evidence: {options.out}. Whoever gets it begins with read-me-first.html.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    try:
        for sentence in evidence.verify(options.folder, options.root, evidence.program()):
            print(f"ok: {sentence}")
        for line in evidence.listed(options.folder) if options.list else ():
            print(line)
    except evidence.Fault as fault:
        print(f"WRONG: {fault}", file=sys.stderr)
        return 1
    print("Nothing is wrong. What this does not prove:")
    for sentence in evidence.NOT_PROVEN:
        print(f"- {sentence}")
    return 0
