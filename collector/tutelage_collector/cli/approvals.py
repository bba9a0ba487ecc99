"""``approval ask|list|approve|refuse``: what needs two people."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tutelage_collector import approvals, config, output, state
from tutelage_collector.cli import person
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import Approval, ApprovalKind, ApprovalState
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

_COLUMNS = {
    "approval": "Approval", "state": "State", "kind": "To", "subject": "About",
    "asked_by": "Asked by", "decided_by": "Decided by", "expires": "Until",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("approval", help="decisions that need two people")
    parts = verb.add_subparsers(dest="part", metavar="ask|list|approve|refuse", required=True)
    ask = parts.add_parser("ask", help="ask for a second person")
    ask.add_argument("kind", choices=[kind.value for kind in ApprovalKind])
    ask.add_argument("subject", help="for example: alert 0123…, concern 12, account a1b2c3d4")
    ask.add_argument("--reason", required=True, help="why: the second person reads it")
    ask.add_argument(
        "--about", choices=[role.value for role in Role],
        help="role of the person, where it is a member of staff",
    )  # fmt: skip
    ask.add_argument(
        "--days", type=int, default=approvals.DEFAULT_LIFE.days, metavar="N",
        help="void after so many days (default: %(default)s)",
    )  # fmt: skip
    person.add_options(ask)
    ask.set_defaults(run=_ask)
    listed = parts.add_parser("list", help="newest first (status 1: some wait)")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--waiting", action="store_true", help="only those that wait")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    for name, approve in (("approve", True), ("refuse", False)):
        one = parts.add_parser(name, help=f"{name} what another person asked for")
        one.add_argument("approval", metavar="APPROVAL", help="its id")
        one.add_argument("--note", default="", help="what should be on record beside it")
        one.add_argument("--json", action="store_true")
        person.add_options(one)
        one.set_defaults(run=_decide, approve=approve)


def _ask(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        made = approvals.ask(
            store,
            person.proven(options, store),
            ApprovalKind(options.kind),
            options.subject,
            options.reason,
            now,
            about=Role(options.about) if options.about else None,
            life=timedelta(days=options.days),
        )
    print(
        f"Approval {made.id} waits for a second person until {times.text(made.expires_at)}:\n"
        f"  tutelage-collector approval approve {made.id} --as THEIR-ACCOUNT"
    )
    return 0


def _list(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = store.approvals(options.school)
    waiting = [one for one in found if one.state_at(now) is ApprovalState.WAITING]
    rows = [row_of(one, now) for one in (waiting if options.waiting else found)]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 1 if waiting else 0


def _decide(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        account = person.proven(options, store)
        done = approvals.decide(
            store, account, options.approval, now, options.note, approve=options.approve
        )
    if options.json:
        output.print_json(row_of(done, now))
    else:
        print(f"Approval {done.id}: {done.state.value}. It is on record.")
    return 0


def row_of(one: Approval, now: datetime) -> output.Row:
    """Return a request as a row of a list."""
    return {
        "approval": one.id,
        "state": one.state_at(now).value,
        "kind": one.kind.value,
        "school": one.school or None,
        "subject": one.subject,
        "about": one.about.value if one.about else None,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "asked_role": one.asked_role.value,
        "asked": times.text(one.asked_at),
        "expires": times.text(one.expires_at),
        "decided_by": one.decided_by or None,
        "decided_role": one.decided_role.value if one.decided_role else None,
        "decided": times.text(one.decided_at) if one.decided_at else None,
        "note": one.note,
        "used": times.text(one.used_at) if one.used_at else None,
    }
