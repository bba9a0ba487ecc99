"""``retention show|run|hold|holds|release``: how long things are kept, and what may not go."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli import person
from tutelage_collector.rights import holds, retention, schedule
from tutelage_collector.store.records_rights import HoldKind
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.rights.retention import Due
    from tutelage_collector.store.records_rights import Hold

_COLUMNS = {
    "kind": "Kind", "days": "Days", "due": "Due", "held": "On hold", "two_people": "Two people",
    "done": "Erased",
}  # fmt: skip
_HOLDS = {
    "hold": "Hold", "kind": "Kind", "subject": "On", "placed_by": "By", "placed": "Since",
    "released": "Released", "reason": "Reason",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("retention", help="how long things are kept, and what may not go")
    parts = verb.add_subparsers(dest="part", metavar="PART", required=True)
    show = parts.add_parser("show", help="the schedule that holds, with its reasons")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    run = parts.add_parser(
        "run", help="erase what is due; counts first (status 1: something is due and stays)"
    )
    what = run.add_mutually_exclusive_group(required=True)
    what.add_argument("--dry-run", action="store_true", help="count only")
    what.add_argument("--apply", action="store_true", help="erase")
    run.add_argument(
        "--approval", default="", metavar="APPROVAL",
        help=f"of two people, for the kinds that need them: approval ask retention "
        f"'{retention.SUBJECT}'",
    )  # fmt: skip
    run.add_argument("--json", action="store_true")
    run.set_defaults(run=_run)
    hold = parts.add_parser("hold", help="let nothing of it be erased, whatever the schedule says")
    hold.add_argument("subject", help="'alert ID', 'concern ID', 'account PSEUDONYM', "
                      "'device ID' or everything")  # fmt: skip
    hold.add_argument("--kind", choices=[kind.value for kind in HoldKind], default="legal")
    hold.add_argument("--reason", required=True)
    person.add_options(hold)
    hold.set_defaults(run=_hold)
    listed = parts.add_parser("holds", help="all holds (status 1: some hold)")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_holds)
    release = parts.add_parser("release", help="end a hold, as two people agreed")
    release.add_argument("hold", metavar="HOLD")
    release.add_argument(
        "--approval", required=True, metavar="APPROVAL",
        help="of: approval ask release_hold 'hold ID'",
    )  # fmt: skip
    person.add_options(release)
    release.set_defaults(run=_release)


def _show(options: argparse.Namespace) -> int:
    terms = schedule.load(config.load(options.state.absolute()).folder)
    rows: list[output.Row] = [
        {
            "kind": term.kept.value,
            "what": schedule.TITLES[term.kept],
            "days": term.days,
            "two_people": term.two_people,
            "basis": term.basis,
        }
        for term in terms.values()
    ]
    columns = {"what": "What", "days": "Days", "two_people": "Two people", "basis": "Why"}
    output.print_rows(rows, columns, as_json=options.json)
    return 0


def _run(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    terms = schedule.load(settings.folder)
    with closing(state.open_store(settings)) as store:
        found = retention.due(store, terms, now)
        done: dict[schedule.Kept, int] = {}
        if options.apply:
            done = retention.apply(store, found, "terminal", now, options.approval)
    rows = [_row(one, done.get(one.term.kept, 0)) for one in found]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    left = sum(one.count - done.get(one.term.kept, 0) for one in found)
    return 1 if left else 0


def _row(one: Due, done: int) -> output.Row:
    return {
        "kind": one.term.kept.value,
        "what": schedule.TITLES[one.term.kept],
        "days": one.term.days,
        "due": one.count,
        "held": one.held,
        "two_people": one.term.two_people,
        "done": done,
    }


def _hold(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        account = person.proven(options, store)
        made = holds.place(
            store, HoldKind(options.kind), options.subject, options.reason, account.school,
            account.name, now,
        )  # fmt: skip
    print(f"Hold {made.id}: {made.subject} is not erased until two people release it.")
    return 0


def _holds(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = store.holds()
    output.print_rows([_hold_row(one) for one in found], _HOLDS, as_json=options.json)
    return 1 if any(one.released_at is None for one in found) else 0


def _hold_row(one: Hold) -> output.Row:
    return {
        "hold": one.id,
        "kind": one.kind.value,
        "subject": one.subject,
        "school": one.school or None,
        "reason": one.reason,
        "placed_by": one.placed_by,
        "placed": times.text(one.placed_at),
        "released_by": one.released_by or None,
        "released": times.text(one.released_at) if one.released_at else None,
    }


def _release(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        account = person.proven(options, store)
        done = holds.release(store, options.hold, options.approval, account.name, now)
    print(f"Hold {done.id} on {done.subject} is released.")
    return 0
