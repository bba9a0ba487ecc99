"""``alert context``: ask a device for more of the text around a finding, and see what came."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import access, config, contexts, excerpts, output, state
from tutelage_collector.cli import passphrase, person
from tutelage_collector.contexts import Standing
from tutelage_collector.contexts.desk import MOST_A_DAY, plain
from tutelage_collector.errors import NotAllowedError, NotFoundError
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tutelage_collector.config import Config
    from tutelage_collector.contexts import Context
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_context import ContextRequest
    from tutelage_wire.events import EventId

_WAITS = 1
_COLUMNS = {
    "asked": "Asked", "by": "By", "alert": "Alert", "standing": "Standing", "reason": "Why",
}  # fmt: skip


def add_parser(parts: Any, find: Callable[[Store, str], Alert]) -> None:
    """Add the verb below ``alert``; ``find`` knows an alert by enough of its id."""
    verb = parts.add_parser(
        "context",
        help="more of the text around a finding: ask the device, with a reason; what was asked",
        description=(
            "Shows how it stands with more of an alert's text (status 1: the answer is to come), "
            f"or all that was asked. With --reason it asks the device, once, and at most "
            f"{MOST_A_DAY} times a day and person. That is on record, and your line manager reads "
            "the reason: name nobody in it."
        ),
    )
    verb.add_argument("event", metavar="ALERT", nargs="?", help="its id, or enough of it")
    verb.add_argument("--reason", metavar="SENTENCE", help="ask the device, and say why")
    person.add_options(verb, needed=False)
    verb.add_argument("--school", help="of all that was asked, only this school's")
    verb.add_argument("--json", action="store_true")
    passphrase.add_options(verb, opening="and show what came")
    verb.set_defaults(run=lambda options: _run(options, find))


def _run(options: argparse.Namespace, find: Callable[[Store, str], Alert]) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        if options.event is None:
            if options.reason is not None:
                raise NotFoundError("name the alert that you ask about; see: alert list")
            return _list(options, settings, store)
        alert = find(store, options.event)
        if options.reason is not None:
            _ask(options, settings, store, alert)
        return _show(options, settings, store, alert)


def _ask(options: argparse.Namespace, settings: Config, store: Store, alert: Alert) -> None:
    if options.person is None:
        raise NotAllowedError("say who asks: --as ACCOUNT (its password is asked for)")
    now = times.utc_now()
    account = person.proven(options, store)
    acting = access.acts_as(store, account, now)
    if not contexts.may_ask(acting, account.school or None, alert):
        store.audit(
            account.name, "more of the text refused", f"alert {alert.event_id}",
            f"not a {acting.value}'s to open", now,
        )  # fmt: skip
        raise NotAllowedError(
            f"account {account.name}: only who may open this alert's excerpt may ask for more of it"
        )
    contexts.ask(store, settings.trust, alert, account.name, options.reason, now)


def _show(options: argparse.Namespace, settings: Config, store: Store, alert: Alert) -> int:
    key = passphrase.private_key(options, store)
    stands = contexts.look(store, settings.trust, alert, times.utc_now())
    row = _row(alert.event_id, stands)
    if key is not None and stands.came and stands.answer is not None:
        content = excerpts.open_context(stands.answer, key, settings.trust, store)
        if content is not None:
            store.audit(
                "terminal", "stretch opened", f"alert {alert.event_id}", "", times.utc_now()
            )
            row |= {"text": content.excerpt, "source": content.source, "name": content.account}
    if options.json:
        output.print_json(row)
    else:
        _print(row, stands)
    return _WAITS if stands.waits else 0


def _print(row: output.Row, stands: Context) -> None:
    print(f"Alert {row['alert']}: {row['says']}")
    if stands.request is not None:
        print(f"Asked by {row['by']} at {row['asked']}: {row['reason']}")
    if stands.may_ask:
        print(f'To ask: alert context {str(row["alert"])[:12]} --reason "..." --as ACCOUNT')
    if "text" in row:
        print(f"Account {row['name'] or 'none'}, found in {row['source'] or 'not said'}:")
        print("\n".join(_clean(line) for line in str(row["text"]).split("\n")))
    elif stands.came:
        print("It is sealed: --open asks for your passphrase and shows it.")


def _clean(line: str) -> str:
    return "".join(one if one.isprintable() else " " for one in line)


def _list(options: argparse.Namespace, settings: Config, store: Store) -> int:
    asked = store.context_requests(options.school)
    alerts = [
        alert for one in dict.fromkeys(one.finding for one in asked) if (alert := store.alert(one))
    ]
    stands = contexts.look_all(store, settings.trust, alerts, times.utc_now())
    rows = [_request_row(one, stands.get(one.finding)) for one in asked]
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    return _WAITS if any(one.waits for one in stands.values()) else 0


def _request_row(one: ContextRequest, stands: Context | None) -> output.Row:
    latest = stands if stands is not None and stands.request == one else None
    return {
        "alert": one.finding,
        "asked": times.text(one.asked_at),
        "by": one.asked_by,
        "reason": one.reason,
        "standing": (latest.standing if latest else Standing.NOT_HEARD).value,
        "says": plain(latest) if latest else "",
        "until": times.text(one.until),
    }


def _row(event: EventId, stands: Context) -> output.Row:
    asked = stands.request
    return {
        "alert": event,
        "standing": stands.standing.value,
        "says": plain(stands),
        "by": asked.asked_by if asked else None,
        "asked": times.text(asked.asked_at) if asked else None,
        "reason": asked.reason if asked else None,
        "answered": times.text(stands.answer.received_at) if stands.answer else None,
        "answer": stands.answer.event_id if stands.answer else None,
    }
