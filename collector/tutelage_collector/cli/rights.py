"""``rights export|erase|erased``: what one person may ask for."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import approvals, config, output, state
from tutelage_collector.cli import passphrase, person
from tutelage_collector.errors import NotAllowedError, NotFoundError, SecretError
from tutelage_collector.rights import holds, retention, subject
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_wire import times
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_rights import Erasure


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("rights", help="what one person may ask for: access, erasure")
    parts = verb.add_subparsers(dest="part", metavar="export|erase|erased", required=True)
    export = parts.add_parser(
        "export", help="everything held on one person, for that person (the DSL's passphrase)"
    )
    export.add_argument(
        "--account", required=True, metavar="PSEUDONYM", help="as alert list --json shows it"
    )
    export.add_argument(
        "--without", action="append", default=[], metavar="NAME",
        help="replace another person's name; once for each",
    )  # fmt: skip
    export.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="is made")
    export.add_argument("--reason", required=True, help="why; goes into the audit log")
    passphrase.add_options(export)
    export.set_defaults(run=_export)
    erase = parts.add_parser(
        "erase", help="erase one alert, or all of one person, as two people agreed"
    )
    what = erase.add_mutually_exclusive_group(required=True)
    what.add_argument("--alert", metavar="EVENT", help="approval ask delete 'alert EVENT'")
    what.add_argument(
        "--account", metavar="PSEUDONYM", help="approval ask erase 'account PSEUDONYM'"
    )
    erase.add_argument("--approval", required=True, metavar="APPROVAL")
    person.add_options(erase)
    erase.set_defaults(run=_erase)
    erased = parts.add_parser("erased", help="what was erased, and by whose decision")
    erased.add_argument("--json", action="store_true")
    erased.set_defaults(run=_erased)


def _export(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        key = passphrase.private_key(options, store)
        if key is None:
            raise SecretError(
                "this opens what was written: give --open, --passphrase-fd or --keyring"
            )
        store.audit(
            "terminal", "subject access export", f"account {options.account}",
            options.reason[:300], now,
        )  # fmt: skip
        done = subject.export(
            store, settings, key, options.account, options.without, options.out, now
        )
    print(
        f"{options.out}/held.html: {done.alerts} alerts, {done.concerns} concerns. Read it before "
        "it goes out: other people's names are theirs."
    )
    if done.not_opened:
        print(f"{done.not_opened} are sealed to somebody else, and not in it.", file=sys.stderr)
        return 1
    return 0


def _erase(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        account = person.proven(options, store)
        if options.alert:
            one = store.alert(EventId(options.alert))
            found: list[Alert] = [one] if one else []
            kind, about = ApprovalKind.DELETE, f"alert {options.alert}"
        else:
            found = store.alerts_of_account(options.account)
            kind, about = ApprovalKind.ERASE, f"account {options.account}"
        if not found:
            raise NotFoundError(f"{about}: nothing of it is held; see: alert list --json")
        frozen = holds.frozen(store, [one.event_id for one in found])
        kept = [one for one in found if frozen.alert(one)]
        if kept:
            raise NotAllowedError(
                f"{about}: {len(kept)} of {len(found)} are on hold (a complaint, a legal hold, or "
                "a decision to keep them): nothing was erased; see: retention holds"
            )
        approvals.use(store, options.approval, kind, about, account.name, now)
        places = retention.places_of(store, found)
        done = store.erase(places, account.name, about, options.approval, now)
    print(f"{done} erased. Their hashes stay, so that every chain still verifies.")
    return 0


def _erased(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows = [_row(one) for one in store.erasures()]
    columns = {
        "at": "Erased", "event": "Alert", "by": "By", "approval": "Approval", "reason": "Why",
    }  # fmt: skip
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _row(one: Erasure) -> output.Row:
    return {
        "at": times.text(one.at),
        "event": one.place.event_id,
        "device": one.place.device_id,
        "epoch": one.place.epoch,
        "lane": one.place.lane.value,
        "sequence": one.place.sequence,
        "leaf": one.leaf.hex(),
        "by": one.by,
        "approval": one.approval_id or None,
        "reason": one.reason,
    }
