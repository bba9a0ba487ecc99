"""``ledger list|show|set-owner|review``: the Online Safety Policy, clause by clause."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, policy_ledger, state
from tutelage_collector.cli.reports_made import day
from tutelage_collector.errors import ConfigError
from tutelage_collector.figures import gather, last_days
from tutelage_collector.policy_ledger import Kind
from tutelage_collector.registers.due import Standing
from tutelage_collector.registers.offices import TITLES, Office
from tutelage_collector.store.records_registers import LedgerMark
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from datetime import date

    from tutelage_collector.policy_ledger import Entry

_COLUMNS = {
    "clause": "Clause", "duty": "What the policy asks", "software": "Software serves it",
    "owner": "Owner", "review": "Review", "gap": "Gap",
}  # fmt: skip
_SERVED = {Kind.CORE: "yes", Kind.EXTENSION: "in part", Kind.PEOPLE: "by people"}
_LOOK_BACK_DAYS = 90
_MAX_NOTE = 300


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    ledger = verbs.add_parser(
        "ledger", help="the policy, clause by clause: what serves it, what lacks"
    )
    parts = ledger.add_subparsers(dest="part", metavar="list|show|set-owner|review", required=True)
    listed = parts.add_parser("list", help="all clauses, or those of a section")
    listed.add_argument("--section", help="for example 11")
    listed.add_argument("--gaps", action="store_true", help="only those with a known gap")
    listed.add_argument("--due", action="store_true", help="only those whose review is due")
    listed.add_argument("--owner", choices=[one.value for one in Office], help="only of this owner")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    show = parts.add_parser("show", help="one clause with its evidence of the last 90 days")
    show.add_argument("clause", metavar="CLAUSE", help="for example 3.c.2.iv")
    show.add_argument("--school", help="evidence of this school only")
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)
    owner = parts.add_parser("set-owner", help="give a clause to another post")
    owner.add_argument("clause", metavar="CLAUSE")
    owner.add_argument("owner", choices=[one.value for one in Office], metavar="POST",
                       help=", ".join(one.value for one in Office))  # fmt: skip
    owner.add_argument("--json", action="store_true")
    owner.set_defaults(run=_set_owner)
    review = parts.add_parser("review", help="note that a clause was reviewed")
    review.add_argument("clause", metavar="CLAUSE", nargs="+")
    review.add_argument(
        "--by",
        required=True,
        choices=[one.value for one in Office],
        metavar="POST",
        help="the post that reviewed it, not a name",
    )
    review.add_argument("--on", type=day, metavar="DAY", help="default: today")
    review.add_argument("--note", default="", help="what was found; no names")
    review.add_argument("--json", action="store_true")
    review.set_defaults(run=_review)


def _list(options: argparse.Namespace) -> int:
    today = times.utc_now().date()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        found = policy_ledger.entries(store.marks(), today)
    known = {one.id for one in policy_ledger.sections()}
    if options.section and options.section not in known:
        raise ConfigError(f"--section {options.section}: the policy has 1 to {len(known)}")
    rows = [
        _row(one)
        for one in found
        if (not options.section or one.clause.section == options.section)
        and (not options.gaps or one.clause.gap)
        and (not options.due or one.standing in {Standing.NEVER, Standing.OVERDUE})
        and (not options.owner or one.owner == options.owner)
    ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 0


def _row(one: Entry) -> output.Row:
    return {
        "clause": one.clause.id,
        "section": one.clause.section,
        "duty": one.clause.duty,
        "kind": one.clause.kind.value,
        "software": _SERVED[one.clause.kind],
        "served": one.clause.served,
        "sources": [f"{source.value} {judged}".strip() for source, judged in one.clause.sources],
        "gap": one.clause.gap,
        "owner": one.owner.value,
        "reviewed": _text(one.reviewed_on),
        "reviewed_by": one.reviewed_by,
        "review_by": _text(one.review_by),
        "review": one.standing.value,
        "note": one.note,
        "proof": list(one.clause.proof),
    }


def _text(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _show(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        one = policy_ledger.entry(options.clause, store.marks(), now.date())
        period = last_days(_LOOK_BACK_DAYS, now.date())
        figures = gather(store, settings, now, period, options.school)
    evidence = policy_ledger.evidence_for(one.clause, figures)
    if options.json:
        shown: list[output.Row] = [
            {"source": each.source.value, "weight": each.weight.value, "text": each.text}
            for each in evidence
        ]
        output.print_json({**_row(one), "evidence": shown, "days": _LOOK_BACK_DAYS})
        return 0
    print(f"Clause {one.clause.id} ({_SERVED[one.clause.kind]})")
    print(f"  Asks:      {one.clause.duty}")
    print(f"  Served by: {one.clause.served}")
    for each in evidence:
        print(f"  Evidence:  {each.text}")
    if not evidence:
        print("  Evidence:  none is held here")
    print(f"  Gap:       {one.clause.gap or 'none known'}")
    print(f"  Owner:     {TITLES[one.owner]}")
    reviewed = f"{one.reviewed_on} by {one.reviewed_by}" if one.reviewed_on else "never"
    print(f"  Reviewed:  {reviewed}, due {one.review_by or 'now'}")
    for defect in policy_ledger.defects():
        if one.clause.id in defect.clauses:
            print(f"  Defect:    {defect.finding}. {defect.remedy}.")
    return 0


def _set_owner(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        marks = store.marks()
        one = policy_ledger.entry(options.clause, marks, now.date())
        mark = replace(
            marks.get(one.clause.id) or LedgerMark(one.clause.id, ""), owner=options.owner
        )
        store.set_mark(mark)
        store.audit("terminal", "ledger owner set", f"clause {one.clause.id}", options.owner, now)
        changed = policy_ledger.entry(one.clause.id, store.marks(), now.date())
    _said(options, [changed], f"Clause {one.clause.id} belongs to: {TITLES[changed.owner]}.")
    return 0


def _review(options: argparse.Namespace) -> int:
    now = times.utc_now()
    on = options.on or now.date()
    if on > now.date():
        raise ConfigError(f"--on {on}: lies ahead; note a review after it was made")
    if len(options.note) > _MAX_NOTE:
        raise ConfigError(f"--note: write up to {_MAX_NOTE} characters")
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        marks = store.marks()
        # All are looked up first: a slip in the last one must not leave half of them marked.
        wanted = [policy_ledger.entry(clause, marks, now.date()) for clause in options.clause]
        for one in wanted:
            before = marks.get(one.clause.id) or LedgerMark(one.clause.id, "")
            store.set_mark(
                replace(before, reviewed_on=on, reviewed_by=options.by, note=options.note)
            )
            store.audit("terminal", "clause reviewed", f"clause {one.clause.id}", options.by, now)
        marks = store.marks()
        changed = [policy_ledger.entry(one.clause.id, marks, now.date()) for one in wanted]
    due = changed[0].review_by
    _said(options, changed, f"{len(changed)} reviewed on {on}; due again on {due}.")
    return 0


def _said(options: argparse.Namespace, changed: list[Entry], sentence: str) -> None:
    if options.json:
        output.print_json([_row(one) for one in changed])
    else:
        print(sentence)
