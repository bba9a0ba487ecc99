"""``alert list|show|ack|context|watch``: what software raised, and who has looked."""

from __future__ import annotations

import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import acknowledging, config, episodes, excerpts, output, state
from tutelage_collector.alerts import acknowledge_within, who
from tutelage_collector.cli import contexts, passphrase, people
from tutelage_collector.contexts.desk import look, plain
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records_alerting import Standing
from tutelage_wire import times
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tutelage_collector.config import Config
    from tutelage_collector.excerpts import Opener
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_alerting import AlertState

_POLL_SECONDS = 0.1
_FOUND = 1
_COLUMNS = {
    "received": "Received", "grade": "Grade", "area": "Area", "subcategory": "About",
    "channel": "Seen in", "device": "Device", "within": "Look within", "standing": "Standing",
    "canary": "Self-test", "event": "Alert",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    alert = verbs.add_parser("alert", help="alerts, who has looked, and as they come")
    parts = alert.add_subparsers(dest="part", metavar="list|show|ack|context|watch", required=True)
    listed = parts.add_parser("list", help="the newest alerts")
    listed.add_argument("--limit", type=int, default=50, metavar="N")
    listed.add_argument(
        "--waiting",
        action="store_true",
        help="only unseen ones; status 1: there are",
    )
    watch = parts.add_parser(
        "watch", help="a live board in a terminal, where a number acknowledges; lines in a pipe"
    )
    watch.add_argument("--lines", action="store_true", help="a line an alert, in a terminal too")
    watch.add_argument(
        "--bell", choices=("flash", "sound", "none"), default="flash",
        help="what tells of a new alert (default: %(default)s, without a sound)",
    )  # fmt: skip
    people.add_option(watch)
    watch.add_argument("--from-start", action="store_true", help="also those stored already")
    watch.add_argument("--count", type=int, metavar="N", help="end after so many")
    watch.add_argument("--seconds", type=float, metavar="S", help="end after so long")
    for one, run in ((listed, _list), (watch, _watch)):
        one.add_argument("--school", help="only of this school")
        one.add_argument("--json", action="store_true")
        passphrase.add_options(one)
        one.set_defaults(run=run)
    show = parts.add_parser("show", help="one alert: its episode, who was told, who has looked")
    show.add_argument("event", metavar="ALERT", help="its id, or enough of it")
    show.add_argument("--json", action="store_true")
    passphrase.add_options(show)
    show.set_defaults(run=_show_one)
    ack = parts.add_parser("ack", help="say that somebody looks at it: nobody further is told")
    ack.add_argument("events", metavar="ALERT", nargs="+", help="its id, or enough of it")
    people.add_option(ack)
    ack.add_argument("--json", action="store_true")
    ack.set_defaults(run=_ack)
    contexts.add_parser(parts, find)


def _list(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        opener = passphrase.opener(options, settings, store)
        episodes.take_in(store)
        found = store.alerts(options.school, options.limit)
        states = store.alert_states([one.event_id for one in found])
        if options.waiting:
            found = [one for one in found if waits(one, states.get(one.event_id))]
        if opener is None:
            rows = [row_of(alert, states.get(alert.event_id)) for alert in found]
            output.print_rows(rows, _COLUMNS, as_json=options.json)
        else:
            for alert in found:
                _print(alert, states.get(alert.event_id), opener, store, as_json=options.json)
        return _FOUND if options.waiting and found else 0


def _show_one(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        opener = passphrase.opener(options, settings, store)
        episodes.take_in(store)
        found = find(store, options.event)
        episode = acknowledging.episode_of(store, found.event_id)
        states = store.alert_states([found.event_id])
        row = row_of(found, states.get(found.event_id))
        row |= {
            "alerts_in_episode": episode.alerts,
            "acknowledged_by": episode.acknowledged_by or None,
            "acknowledged_at": times.text(episode.acknowledged_at)
            if episode.acknowledged_at
            else None,
            "next": episode.says,
            "told": [
                f"{times.text(one.at)} {one.person}: {one.reason.value}, {one.reach.value}"
                for one in store.steps(episode.id)
            ],
        }
        stands = look(store, settings.trust, found, times.utc_now())
        row["more_of_the_text"] = plain(stands)
        row |= _opened(found, opener, store)
    output.print_facts(row, as_json=options.json)
    return 0


def _ack(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    now = times.utc_now()
    rows: list[output.Row] = []
    with closing(state.open_store(settings)) as store:
        by = people.account(options, store)
        episodes.take_in(store)
        for alert in [find(store, one) for one in options.events]:
            done = acknowledging.acknowledge(store, alert.event_id, by, now)
            rows.append(
                {
                    "event": alert.event_id,
                    "alerts": done.episode.alerts,
                    "by": done.episode.acknowledged_by,
                    "at": times.text(done.episode.acknowledged_at or now),
                    "first": done.first,
                }
            )
    if options.json:
        output.print_json(rows)
        return 0
    for row in rows:
        print(
            f"Alert {row['event']}: {'acknowledged' if row['first'] else 'had been acknowledged'} "
            f"by {row['by']} at {row['at']}. Nobody further is told."
        )
    return 0


def _watch(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    if _is_board(options):
        return _board(options, settings)
    shown = 0
    until = times.monotonic_ms() + (options.seconds or 0) * 1000
    pause = threading.Event()
    with closing(state.open_store(settings)) as store:
        opener = passphrase.opener(options, settings, store)
        cursor = 0 if options.from_start else store.last_alert()
        if not options.json:
            print("Watching for alerts; Ctrl-C ends.", file=sys.stderr)
        while True:
            cursor, found = store.alerts_after(cursor)
            episodes.take_in(store)
            states = store.alert_states([one.event_id for one in found]) if found else {}
            for alert in found:
                if options.school and alert.school != options.school:
                    continue
                one = states.get(alert.event_id)
                _print(alert, one, opener, store, as_json=options.json)
                shown += 1
                if options.count and shown >= options.count:
                    return 0
            if options.seconds and times.monotonic_ms() > until:
                return 0
            if not found:
                pause.wait(_POLL_SECONDS)


def _is_board(options: argparse.Namespace) -> bool:
    plain = options.lines or options.json or options.count or options.from_start or options.open
    return not plain and sys.stdin.isatty() and sys.stdout.isatty()


def _board(options: argparse.Namespace, settings: Config) -> int:
    from tutelage_collector.cli import alert_board  # rich takes longer than most commands

    with closing(state.open_store(settings)) as store:
        by = people.account(options, store) if options.by else ""
        board = alert_board.Board(store, options.school, by, alert_board.Bell(options.bell))
        return alert_board.watch(board, times.utc_now, options.seconds)


def waits(alert: Alert, stands: AlertState | None) -> bool:
    """Tell whether nobody has looked at an alert that somebody should look at."""
    grade = stands.grade if stands else alert.grade
    new = stands is None or stands.standing is Standing.NEW
    return new and not alert.canary and acknowledge_within(grade) is not None


def find(store: Store, wanted: str) -> Alert:
    """Return the alert whose id is, or begins with, ``wanted``.

    Raises:
        NotFoundError: there is none, or several.
    """
    exact = store.alert(EventId(wanted))
    if exact is not None:
        return exact
    found: Sequence[Alert] = [
        one for one in store.alerts(limit=10_000) if one.event_id.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    many = f"{len(found)} alerts begin so; write more of it" if found else "not known"
    raise NotFoundError(f"alert {wanted}: {many}; see: alert list")


def row_of(alert: Alert, stands: AlertState | None = None) -> output.Row:
    """Return an alert as a row of a list: nothing of it tells what was written."""
    grade = stands.grade if stands else alert.grade
    within = acknowledge_within(grade)
    return {
        "event": alert.event_id,
        "received": times.text(alert.received_at),
        "occurred": times.text(alert.occurred_at),
        "milliseconds": times.to_ms(alert.received_at) - times.to_ms(alert.occurred_at),
        "grade": grade,
        "grade_on_device": alert.grade,
        "raised": list(stands.raised) if stands else [],
        "within": str(within) if within else "digest",
        "for": who(alert).value,
        "standing": stands.standing.value if stands else Standing.NEW.value,
        "by": stands.changed_by if stands else "",
        "episode": stands.episode_id if stands else alert.event_id,
        "area": alert.risk_area.value,
        "subcategory": alert.subcategory,
        "channel": alert.channel,
        "rule": alert.rule_id,
        "device": alert.device_id,
        "school": alert.school,
        "account": alert.account,
        "repeats": alert.repeats,
        "canary": alert.canary,
        "sequence": alert.sequence,
    }


def _opened(alert: Alert, opener: Opener | None, store: Store) -> output.Row:
    """Return the words as parts of a row, which is on record; nothing without the passphrase."""
    content = opener(alert) if opener else None
    if content is None:
        return {}
    store.audit("terminal", "excerpt opened", f"alert {alert.event_id}", "", times.utc_now())
    return {
        "excerpt": content.excerpt,
        "source": content.source,
        "name": content.account,
        "rule": excerpts.rule_of(alert, content),
    }


def _print(
    alert: Alert, stands: AlertState | None, opener: Opener | None, store: Store, *, as_json: bool
) -> None:
    row = row_of(alert, stands) | _opened(alert, opener, store)
    if as_json:
        output.print_json_line(row)
        return
    test = "  self-test" if alert.canary else ""
    print(
        f"{row['received']}  grade {row['grade']}  {alert.risk_area.value}/{alert.subcategory}  "
        f"seen in: {alert.channel}  device {alert.device_id[:12]}  "
        f"{row['milliseconds']} ms after it was written{test}",
        flush=True,
    )
    content = opener(alert) if opener and "excerpt" in row else None
    if content is None:
        print("    what was written is sealed to the safeguarding lead", flush=True)
    else:
        print(f"    {excerpts.marked(content)!s}", flush=True)
