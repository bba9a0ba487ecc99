"""The steps of ``concern``: note, link, act, police, outcome, close and the rest."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tutelage_collector import access, config, output, state
from tutelage_collector.cli import people, words
from tutelage_collector.compliance.exemptions import find_device
from tutelage_collector.concerns import access as concern_access
from tutelage_collector.concerns import desk, spread, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records_concerns import (
    ActionId,
    Concern,
    EntryKind,
    IctActionKind,
    Outcome,
    Police,
)
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_concerns import Change

    Step = Callable[[argparse.Namespace, Store, Concern, Said], Change]

_ACTION_COLUMNS = {
    "action": "Action", "state": "State", "what": "What", "target": "Site", "device": "Device",
    "due": "Due",
}  # fmt: skip
_DAYS = 14


def add_parsers(parts: Any) -> None:
    """Add the steps to the parser of ``concern``."""
    _step(parts, "ack", "say that somebody has it", _acknowledge)
    _step(parts, "note", "write something down, sealed", _note, "the note")
    add = _step(parts, "add", "put further alerts into it", _add)
    add.add_argument("events", nargs="+", metavar="EVENT")
    link = _step(parts, "link", "link a further pupil; the name is sealed", _link, "the name")
    link.add_argument("--pseudonym", default="", help="of the pupil's account (concern show)")
    act = _step(parts, "act", "ask ICT to do something; ICT sees nothing else", _act)
    act.add_argument("what", choices=[one.value for one in IctActionKind])
    act.add_argument("--site", default="", help="name of a site, for example chat.example.org")
    act.add_argument("--device", help="id of a device (device list --json)")
    police = _step(parts, "police", "record that the police were considered", _police, "why")
    police.add_argument("decision", choices=[one.value for one in Police])
    outcome = _step(parts, "outcome", "say what came of it", _outcome, "why")
    outcome.add_argument("outcome", choices=[one.value for one in Outcome])
    _step(parts, "close", "close it, once its outcome and its duties are done", _close)
    _step(parts, "reopen", "open a closed concern again, and say why", _reopen, "why")
    complaint = _step(parts, "complaint", "a complaint freezes deletion (8.f)", _complaint, "what")
    complaint.add_argument("change", choices=["open", "end"])
    look = parts.add_parser("spread", help="where else the same was seen: counts, then devices")
    look.add_argument("concern", metavar="CONCERN")
    look.add_argument("--days", type=int, default=_DAYS, metavar="N", help=f"default {_DAYS}")
    look.add_argument("--devices", action="store_true", help="which ones; that look is on record")
    look.add_argument("--json", action="store_true")
    people.add_option(look)
    look.set_defaults(run=_spread)
    listed = parts.add_parser("actions", help="what ICT is asked to do")
    listed.add_argument("--school", help="only of this school")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(run=_actions)
    done = parts.add_parser("done", help="say that ICT has done it")
    done.add_argument("action", metavar="ACTION")
    people.add_option(done)
    done.set_defaults(run=_done)


def _step(parts: Any, name: str, help_text: str, step: Step, writes: str = "") -> Any:
    parser = parts.add_parser(name, help=help_text)
    parser.add_argument("concern", metavar="CONCERN", help="its id, or enough of its beginning")
    if writes:
        words.add_option(parser, writes)
    people.add_option(parser)
    parser.set_defaults(run=lambda options: _take(options, step, writes))
    return parser


def _take(options: argparse.Namespace, step: Step, writes: str) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        concern = find(options, store, now)
        said = Said(options.by, now)
        if writes:
            needed = step in (_note, _reopen) or (step is _link and not options.pseudonym)
            text = words.read(options, f"Write {writes}", needed=needed)
            if text:
                said = words.sealed_said(settings, store, concern, text, options.by, now)
        after = desk.take(store, concern, step(options, store, concern, said), said)
    print(f"Concern {after.id[:12]}: {after.state.value.replace('_', ' ')}.", file=sys.stderr)
    return 0


def find(options: argparse.Namespace, store: Store, now: datetime) -> Concern:
    """Return the concern that a command names, for an account that works on it.

    Raises:
        NotFoundError: there is none, or it is not this account's work: the same answer.
    """
    account = store.account(people.account(options, store))
    concern = desk.find(store, options.concern)
    if account is None or not concern_access.may_see(
        concern, access.acts_as(store, account, now), account.school or None
    ):
        raise NotFoundError(f"concern {options.concern}: not known; see: concern list")
    return concern


def _acknowledge(_: argparse.Namespace, __: Store, concern: Concern, said: Said) -> Change:
    return workflow.acknowledge(concern, said)


def _note(_: argparse.Namespace, __: Store, concern: Concern, said: Said) -> Change:
    return workflow.note(concern, said)


def _add(options: argparse.Namespace, store: Store, concern: Concern, said: Said) -> Change:
    return workflow.add_alerts(concern, desk.alerts_of(store, options.events), said)


def _link(options: argparse.Namespace, _: Store, concern: Concern, said: Said) -> Change:
    return workflow.link(concern, options.pseudonym, said)


def _act(options: argparse.Namespace, store: Store, concern: Concern, said: Said) -> Change:
    device = find_device(store.devices(concern.school), options.device)
    kind = IctActionKind(options.what)
    return workflow.ask_ict(concern, kind, options.site, device.id if device else None, said)


def _police(options: argparse.Namespace, _: Store, concern: Concern, said: Said) -> Change:
    return workflow.consider_police(concern, Police(options.decision), said)


def _outcome(options: argparse.Namespace, _: Store, concern: Concern, said: Said) -> Change:
    return workflow.decide(concern, Outcome(options.outcome), said)


def _close(_: argparse.Namespace, __: Store, concern: Concern, said: Said) -> Change:
    return workflow.close(concern, said)


def _reopen(_: argparse.Namespace, __: Store, concern: Concern, said: Said) -> Change:
    return workflow.reopen(concern, said)


def _complaint(options: argparse.Namespace, _: Store, concern: Concern, said: Said) -> Change:
    return workflow.complaint(concern, said, is_open=options.change == "open")


def _spread(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        concern = find(options, store, now)
        said = Said(options.by, now)
        found = spread.look(store, concern, options.days, now)
        code = f"{options.days} days{', devices' if options.devices else ''}"
        change = workflow.remark(concern, EntryKind.SPREAD_LOOKED, code, said)
        desk.take(store, concern, change, said)
    rows: list[output.Row] = []
    for same, seen in (("text", found.same_text), ("rule", found.same_rule)):
        row: output.Row = asdict(seen) | {
            "same": same,
            "devices": len(seen.devices),
            "first_at": times.text(seen.first_at) if seen.first_at else None,
            "last_at": times.text(seen.last_at) if seen.last_at else None,
            "which": list(seen.devices) if options.devices else None,
        }
        rows.append(row)
    columns = {
        "same": "The same", "alerts": "Alerts", "devices": "Devices", "accounts": "Accounts",
        "last_at": "Last",
    }  # fmt: skip
    output.print_rows(rows, columns | ({"which": "Which"} if options.devices else {}),
                      as_json=options.json)  # fmt: skip
    return 1 if found.same_text.alerts or found.same_rule.alerts else 0


def _actions(options: argparse.Namespace) -> int:
    now = times.utc_now()
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        rows: list[output.Row] = [
            {
                "action": one.id,
                "state": "done" if one.done_at else "overdue" if now > one.due_at else "open",
                "what": one.kind.value,
                "target": one.target or None,
                "device": one.device_id,
                "school": one.school,
                "asked": times.text(one.asked_at),
                "due": times.text(one.due_at),
                "done": times.text(one.done_at) if one.done_at else None,
            }
            for one in store.ict_actions(options.school)
        ]
    output.print_rows(rows, _ACTION_COLUMNS, as_json=options.json)
    return 0


def _done(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        said = Said(people.account(options, store), times.utc_now())
        desk.ict_done(store, ActionId(options.action), said)
    print(f"Action {options.action} is done.", file=sys.stderr)
    return 0
