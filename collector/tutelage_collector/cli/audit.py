"""``audit list|verify|prove|check``: who did what, and whether records are whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import (
    config,
    digests,
    log_proof,
    log_witness,
    output,
    state,
    witness,
)
from tutelage_collector.errors import StateError
from tutelage_collector.store import audit_chain
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tutelage_collector.store.records import AuditRow

_COLUMNS = {
    "number": "Row", "at": "At", "actor": "Who", "role": "Role", "action": "Did",
    "subject": "To", "detail": "Detail",
}  # fmt: skip
_ALL = 10**9


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("audit", help="who did what, and whether that log is whole")
    parts = verb.add_subparsers(dest="part", metavar="list|verify|prove|check", required=True)
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
        help="also against what lies elsewhere, daily digests and what devices kept "
        "(tutelage-agent witness): the only way to see records cut short, or two sets of them",
    )  # fmt: skip
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_verify)
    prove = parts.add_parser(
        "prove", help="write a proof that the records only grew since others were shown them"
    )
    prove.add_argument(
        "--against", type=Path, action="append", required=True, metavar="FOLDER",
        help="with the digests, and what devices kept",
    )  # fmt: skip
    prove.add_argument("--out", type=Path, required=True, metavar="FILE")
    prove.set_defaults(run=_prove)
    checked = parts.add_parser(
        "check", help="check such a proof, without this collector's records (status 1 = a fault)"
    )
    checked.add_argument("proof", type=Path, metavar="FILE")
    checked.add_argument(
        "--against", type=Path, action="append", required=True, metavar="FOLDER",
        help="with the digests, and what devices kept",
    )  # fmt: skip
    checked.set_defaults(run=_check)


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
        if not options.against:
            faults += log_witness.faults(log_witness.of_devices(store), store.log_heads())
        if options.against:
            known = state.load(settings.folder).checkpoint_keys.public()
            found = digests.compare(options.against, store, known)
            compared = found.files
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
    print("All devices were shown this collector's records, as far as they told.")
    if not options.against:
        print("Whether the newest were cut off, only --against a digest kept elsewhere can tell.")
    return 0


def _prove(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    held = state.load(settings.folder)
    public = held.checkpoint_keys.public()
    with closing(state.open_store(settings)) as store:
        kept = digests.read(options.against, public)
        digest = digests.make(store, settings.trust, held.checkpoint_key, times.utc_now())
        newest = witness.read(digest, public).log
        text = log_proof.make(
            digest,
            newest.size if newest else 0,
            list(store.log_heads()),
            (one.root.size for one in kept.shown),
            public[1:],
        )
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateError(f"{options.out}: cannot be written ({error.strerror})") from error
    for line in kept.faults:
        print(line)
    print(f"Proof: {options.out}. Whoever keeps those files runs: tutelage-collector audit check")
    return 1 if kept.faults else 0


def _check(options: argparse.Namespace) -> int:
    try:
        text = options.proof.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{options.proof}: cannot be read") from error
    said: list[str] = []

    def kept(known: Sequence[bytes]) -> list[log_witness.Shown]:
        found = digests.read(options.against, known)
        said.extend(found.faults)
        return found.shown

    shown, faults = log_proof.check(text, kept)
    for line in said + faults:
        print(line)
    if said or faults:
        return 1
    print(f"All {shown} are beginnings of the newest one: the records only grew.")
    return 0
