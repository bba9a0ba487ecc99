"""``notify show|set|remove|list|test|retry``: how messages leave, and whether they get through."""

from __future__ import annotations

import secrets
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, output, serving, state
from tutelage_collector.cli import notify_setup
from tutelage_collector.notify import health, settings
from tutelage_collector.notify.message import DeliveryError, Message
from tutelage_collector.notify.outbox import Outbox
from tutelage_collector.rota import document, keeping
from tutelage_collector.store.records_escalation import NoticeState
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse

    from tutelage_collector.config import Config

_FOUND = 1
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_COLUMNS = {
    "notice": "Message", "state": "State", "person": "Person", "way": "Way", "created": "Written",
    "attempts": "Attempts", "next": "Next", "error": "Why not",
}  # fmt: skip


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    top = verbs.add_parser("notify", help="how messages leave, and whether they get through")
    parts = top.add_subparsers(
        dest="part", metavar="show|set|remove|list|test|retry", required=True
    )
    show = parts.add_parser("show", help="what is set up, without its secrets")
    listed = parts.add_parser("list", help="messages; status 1: some wait or were given up")
    listed.add_argument("--state", dest="wanted", choices=[one.value for one in NoticeState])
    listed.add_argument("--limit", type=int, default=50, metavar="N")
    listed.set_defaults(run=_list)
    test = parts.add_parser("test", help="send a test message; status 1: it did not get through")
    test.add_argument(
        "to", nargs="*", metavar="PERSON|WAY",
        help="people of the rota or ways (default: everybody of the rota)",
    )  # fmt: skip
    test.add_argument("--school", help="short name (default: the collector's first school)")
    retry = parts.add_parser("retry", help="try what waits or was given up again now")
    retry.add_argument("notice", nargs="?", metavar="MESSAGE", help="its id (default: all)")
    for one, run in ((show, _show), (test, _test), (retry, _retry), (listed, _list)):
        one.add_argument("--json", action="store_true")
        one.set_defaults(run=run)
    notify_setup.add_parsers(parts)


def _show(options: argparse.Namespace) -> int:
    here = config.load(options.state.absolute())
    found = settings.load(here.folder)
    rows: list[output.Row] = []
    if found.email:
        mail = found.email
        rows.append({"way": "email", "to": f"{mail.host}:{mail.port}", "security": mail.security,
                     "as": mail.account or "no account"})  # fmt: skip
    for name, hook in found.webhooks.items():
        rows.append(
            {"way": f"webhook:{name}", "to": _host(hook.url), "security": "signed", "as": ""}
        )
    for name, url in found.others.items():
        rows.append(
            {"way": f"other:{name}", "to": url.partition("://")[0], "security": "", "as": ""}
        )
    columns = {"way": "Way", "to": "To", "security": "Security", "as": "As"}
    output.print_rows(rows, columns, as_json=options.json)
    if not options.json:
        print(f"Messages open {found.address or _address(here)}; secrets in "
              f"{settings.path_of(here.folder)}")  # fmt: skip
    return 0


def _list(options: argparse.Namespace) -> int:
    here, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(here)) as store:
        wanted = NoticeState(options.wanted) if options.wanted else None
        rows: list[output.Row] = [
            {
                "notice": one.id,
                "state": one.state.value,
                "school": one.school,
                "person": one.person,
                "way": one.way.partition(":")[0],
                "created": times.text(one.created_at),
                "attempts": one.attempts,
                "next": times.text(one.next_at) if one.state is NoticeState.WAITING else None,
                "ended": times.text(one.ended_at) if one.ended_at else None,
                "error": one.error,
            }
            for one in store.notices(state=wanted, limit=options.limit)
        ]
        troubles = health.troubles(store, None, now)
    output.print_rows(rows, _COLUMNS, as_json=options.json)
    for line in troubles:
        print(line, file=sys.stderr)
    return _FOUND if troubles else 0


def _test(options: argparse.Namespace) -> int:
    here, now = config.load(options.state.absolute()), times.utc_now()
    found = settings.load(here.folder)
    rows: list[output.Row] = []
    with closing(state.open_store(here)) as store:
        outbox = Outbox(here.folder, store, times.utc_now, _address(here), _say)
        school = keeping.load(store, options.school or here.school)
        people = {one.id: one.ways for one in school.people}
        asked = options.to or list(people)
        targets = [
            (name, way)
            for name in asked
            for way in people.get(name) or (document.way(name, "test"),)
        ]
        for name, way in targets:
            address = found.address or _address(here)
            message = Message(secrets.token_hex(8), 0, 0, address, now)
            try:
                outbox.send(found, way, message, name)
                error = ""
            except DeliveryError as failed:
                error = str(failed)
            rows.append(
                {"person": name, "way": way.kind.value, "through": not error, "error": error}
            )
    columns = {"person": "Person", "way": "Way", "through": "Taken", "error": "Why not"}
    output.print_rows(rows, columns, as_json=options.json)
    return 0 if rows and all(row["through"] for row in rows) else _FOUND


def _retry(options: argparse.Namespace) -> int:
    here = config.load(options.state.absolute())
    with closing(state.open_store(here)) as store:
        count = store.retry_notices(times.utc_now(), options.notice)
    running = serving.read(here.folder) is not None
    if options.json:
        output.print_json({"tried": count, "serving": running})
    else:
        when = "now" if running else "as soon as the collector serves"
        print(f"{count} messages are tried again {when}.")
    return 0


def _address(here: Config) -> str:
    running = serving.read(here.folder)
    if running is not None and running.web:
        return running.web
    scheme = "http" if here.listen.host in _THIS_MACHINE else "https"
    return f"{scheme}://{here.listen.advertise}:{here.listen.web_port}"


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2]


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
