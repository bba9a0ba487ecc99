"""``report schedule add|list|remove|send``: reports that are made and sent by themselves."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, state
from tutelage_collector.errors import ConfigError
from tutelage_collector.reports import posting, schedule
from tutelage_collector.reports.schedule import Every
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

_COLUMNS = {
    "schedule": "Schedule", "report": "Report", "every": "Every", "school": "School", "to": "To",
    "sends": "Sends", "next": "Next", "last": "Last sent", "trouble": "Waits because",
}  # fmt: skip


def add_parsers(parts: Any) -> None:
    """Add the part to the verb ``report``."""
    top = parts.add_parser("schedule", help="make and send a report by itself, by e-mail")
    acts = top.add_subparsers(dest="act", metavar="add|list|remove|send", required=True)
    add = acts.add_parser("add", help="weekly on Monday, monthly on the first, or after each term")
    add.add_argument(
        "report", choices=schedule.REPORTS, metavar="REPORT", help=", ".join(schedule.REPORTS)
    )
    add.add_argument("--every", required=True, choices=[one.value for one in Every])
    add.add_argument("--to", required=True, metavar="ADDRESS", help="one e-mail address")
    add.add_argument("--school", help="only of this school (default: the whole trust)")
    add.add_argument(
        "--attach",
        action="store_true",
        help="the PDF itself, for reports that name nobody; else a link",
    )
    add.add_argument("--json", action="store_true")
    add.set_defaults(run=_add)
    listed = acts.add_parser(
        "list", help="all, and what waits (status 1: something could not be sent)"
    )
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_list)
    remove = acts.add_parser("remove", help="make it no more")
    remove.add_argument("schedule_id", metavar="SCHEDULE")
    remove.set_defaults(run=_remove)
    send = acts.add_parser("send", help="make and send now what is due (serve does it by itself)")
    send.set_defaults(run=_send)


def _add(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    one = schedule.new_schedule(
        report=options.report,
        school=options.school,
        every=Every(options.every),
        address=options.to,
        attach=options.attach,
        now=now,
    )
    with closing(state.open_store(settings)) as store:
        if options.school and options.school not in {settings.school, *store.schools()}:
            raise ConfigError(
                f"--school {options.school}: no device belongs to it; see: device list"
            )
        store.add_schedule(one)
        store.audit(
            "terminal",
            "report scheduled",
            f"schedule {one.id}",
            f"report {one.report} every {one.every}",
            now,
        )
    if options.json:
        output.print_json({"schedule": one.id, "next": one.next_on.isoformat()})
    else:
        what = "the PDF" if one.attach else "a link"
        print(f"Schedule {one.id}: {what} of the report {one.report} goes out on {one.next_on}.")
    return 0


def _list(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        schedules, posts = store.schedules(), store.posts()
    waiting = [one for one in posts if one.sent_at is None]
    rows: list[output.Row] = [
        {
            "schedule": one.id,
            "report": one.report,
            "every": one.every,
            "school": one.school or "all",
            "to": one.address,
            "sends": "PDF" if one.attach else "link",
            "next": one.next_on.isoformat(),
            "last": max(
                (
                    times.text(post.sent_at)
                    for post in posts
                    if post.schedule_id == one.id and post.sent_at
                ),
                default=None,
            ),
            "trouble": next((post.trouble for post in waiting if post.schedule_id == one.id), ""),
        }
        for one in schedules
    ]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return 1 if any(one.tries for one in waiting) else 0


def _remove(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        store.remove_schedule(options.schedule_id)
        store.audit(
            "terminal", "report schedule removed", f"schedule {options.schedule_id}", "", now
        )
    print(f"Schedule {options.schedule_id} makes no more reports.")
    return 0


def _send(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    listen = settings.listen
    with closing(state.open_store(settings)) as store:
        sent = posting.run(settings, store, f"https://{listen.advertise}:{listen.web_port}", now)
        waiting = store.posts(waiting=True)
    print(f"{sent} sent, {len(waiting)} waiting.")
    for one in waiting:
        print(f"  {one.report}, {one.first} to {one.last}: {one.trouble or 'not tried yet'}")
    return 1 if waiting else 0
