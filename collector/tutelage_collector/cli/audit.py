"""``audit list|verify``: who did what, and whether the log is whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, digests, output, state
from tutelage_collector.store import audit_chain
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.store.records import AuditRow

_COLUMNS = {
    "number": "Row", "at": "At", "actor": "Who", "role": "Role", "action": "Did",
    "subject": "To", "detail": "Detail",
}  # fmt: skip
_ALL = 10**9


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("audit", help="who did what, and whether that log is whole")
    parts = verb.add_subparsers(dest="part", metavar="list|verify", required=True)
    listed = parts.add_parser("list", help="newest first")
    listed.add_argument("--actor", help="only of this account; terminal = commands here")
    listed.add_argument("--action", help="only what contains these words, for example excerpt")
    listed.add_argument("--subject", help="only about this, for example 'alert 0123…'")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help="(default: 50)")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    check = parts.add_parser(
        "verify", help="check every row, its place and signature (status 1 = a fault)"
    )
    check.add_argument(
        "--against", type=Path, action="append", default=[], metavar="FOLDER",
        help="also against digests that lie elsewhere: the only way to see a log cut short",
    )  # fmt: skip
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_verify)


def _list(options: argparse.Namespace) -> int:
    filtered = options.actor or options.action or options.subject
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = store.audit_rows(_ALL if filtered else options.limit)
    rows = [row_of(one) for one in found if _wanted(one, options)]
    output.print_rows(rows[: options.limit], _COLUMNS, as_json=options.json)
    return 0


def _wanted(row: AuditRow, options: argparse.Namespace) -> bool:
    return (
        (not options.actor or row.actor == options.actor)
        and (not options.action or options.action in row.action)
        and (not options.subject or row.subject.startswith(options.subject))
    )


def row_of(row: AuditRow) -> output.Row:
    """Return an audit row as a row of a list."""
    return {
        "number": row.number,
        "at": times.text(row.at),
        "actor": row.actor,
        "role": row.actor_role or None,
        "school": row.school or None,
        "action": row.action,
        "subject": row.subject,
        "detail": row.detail,
        "head": row.head.hex() or None,
    }


def _verify(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    key = state.audit_key(settings.folder).public_key().public_bytes_raw()
    with closing(state.open_store(settings)) as store:
        log = store.audit_log()
        faults = audit_chain.faults(log, settings.trust, key)
        compared = 0
        if options.against:
            checkpoint = state.load(settings.folder).checkpoint_key.public_key()
            found = digests.compare(options.against, store, checkpoint.public_bytes_raw())
            compared = found.digests
            faults += found.faults
    if options.json:
        output.print_json({"rows": len(log), "digests": compared, "faults": faults})
        return 1 if faults else 0
    for line in faults:
        print(line)
    if faults:
        print(f"{len(faults)} faults.")
        return 1
    print(f"All {len(log)} rows are as they were written.")
    if not options.against:
        print("Whether the newest were cut off, only --against a digest kept elsewhere can tell.")
    return 0
