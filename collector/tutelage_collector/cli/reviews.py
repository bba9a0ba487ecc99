"""``review list|done|bring-forward``: the review calendar."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.cli.reports_made import day
from tutelage_collector.errors import ConfigError
from tutelage_collector.registers import reviews
from tutelage_collector.registers.due import Standing
from tutelage_collector.registers.offices import TITLES, Office
from tutelage_collector.store.records_registers import ReviewDone, ReviewTrigger
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "review": "Review", "title": "What", "school": "School", "done": "Last made", "due": "Due",
    "standing": "Standing", "post": "Whose",
}  # fmt: skip
_MAX_NOTE = 300


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    review = verbs.add_parser("review", help="the review calendar: what is due, what was done")
    parts = review.add_subparsers(dest="part", metavar="list|done|bring-forward", required=True)
    listed = parts.add_parser("list", help="all reviews (status 1: one is overdue or never made)")
    listed.add_argument("--school", help="short name (default: all)")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    done = parts.add_parser("done", help="note that a review was made")
    done.add_argument("review", metavar="REVIEW", help=_known())
    done.add_argument("--by", required=True, choices=[one.value for one in Office], metavar="POST",
                      help="the post that made it, not a name")  # fmt: skip
    done.add_argument("--on", type=day, metavar="DAY", help="default: today")
    done.add_argument("--note", default="", help="what was found and decided; no names")
    done.set_defaults(run=_done)
    forward = parts.add_parser(
        "bring-forward", help="a new risk or tool asks for it before its time"
    )
    forward.add_argument("review", metavar="REVIEW", help=_known())
    forward.add_argument("--due", type=day, required=True, metavar="DAY")
    forward.add_argument("--because", required=True, help="such as: a new AI tool in Year 9")
    forward.set_defaults(run=_forward)
    for one in (done, forward):
        one.add_argument("--school", help="short name (default: the collector's first school)")


def _known() -> str:
    return ", ".join(one.id for one in reviews.reviews())


def _list(options: argparse.Namespace) -> int:
    settings, today = config.load(options.state.absolute()), times.utc_now().date()
    with closing(state.open_store(settings)) as store:
        schools = [options.school] if options.school else store.schools() or [settings.school]
        done, triggers = store.reviews_done(options.school), store.triggers(options.school)
    found = [one for each in schools for one in reviews.planned(each, done, triggers, today)]
    rows: list[output.Row] = [
        {
            "review": one.review.id,
            "title": one.review.title,
            "school": one.school,
            "basis": list(one.review.basis),
            "done": one.done_on.isoformat() if one.done_on else None,
            "due": one.due_on.isoformat() if one.due_on else None,
            "because": one.because,
            "standing": one.standing.value,
            "post": TITLES[one.review.office],
            "note": one.note,
        }
        for one in found
    ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 1 if any(one.standing in {Standing.OVERDUE, Standing.NEVER} for one in found) else 0


def _done(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    one, on = reviews.review(options.review), options.on or now.date()
    if on > now.date():
        raise ConfigError(f"--on {on}: lies ahead; note a review after it was made")
    if len(options.note) > _MAX_NOTE:
        raise ConfigError(f"--note: write up to {_MAX_NOTE} characters")
    school = config.check_name(options.school or settings.school, "school")
    with closing(state.open_store(settings)) as store:
        store.add_review(ReviewDone(school, one.id, on, options.by, options.note))
        store.audit("terminal", "review made", f"review {one.id}", f"school {school}", now)
        plans = reviews.planned(
            school, store.reviews_done(school), store.triggers(school), now.date()
        )
    due = next(plan.due_on for plan in plans if plan.review.id == one.id)
    print(f"{one.title} ({school}): made on {on}, due again on {due}.")
    return 0


def _forward(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    one = reviews.review(options.review)
    if not options.because.strip() or len(options.because) > _MAX_NOTE:
        raise ConfigError(f"--because: write 1 to {_MAX_NOTE} characters")
    school = config.check_name(options.school or settings.school, "school")
    with closing(state.open_store(settings)) as store:
        store.add_trigger(ReviewTrigger(school, one.id, now.date(), options.due, options.because))
        store.audit("terminal", "review brought forward", f"review {one.id}", school, now)
    print(f"{one.title} ({school}): due on {options.due}, because: {options.because}.")
    return 0
