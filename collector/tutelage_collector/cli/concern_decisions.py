"""``concern decide|carry-out``: what becomes of material on a device, by two people (8.d)."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import access, config, state
from tutelage_collector.cli import person
from tutelage_collector.concerns import access as concern_access
from tutelage_collector.concerns import decisions, desk
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import NotFoundError
from tutelage_collector.rights import decided
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account
    from tutelage_collector.store.records_concerns import Concern


def add_parsers(parts: Any) -> None:
    """Add the two to the parser of ``concern``."""
    ask = parts.add_parser("decide", help="ask the second person about the material (8.d)")
    ask.add_argument("concern", metavar="CONCERN")
    ask.add_argument("decision", choices=[one.value for one in decisions.KINDS])
    ask.add_argument("--reason", required=True, choices=[one.value for one in decisions.Reason],
                     help="a good reason (8.c)")  # fmt: skip
    person.add_options(ask)
    ask.set_defaults(run=_ask)
    done = parts.add_parser(
        "carry-out",
        help="carry out what two people decided: to delete is to erase",
    )
    done.add_argument("concern", metavar="CONCERN")
    done.add_argument("approval", metavar="APPROVAL", help="its id (approval list)")
    person.add_options(done)
    done.set_defaults(run=_done)


def _ask(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        account = person.proven(options, store)
        concern = _find(options, store, account, now)
        made = decisions.ask(
            store, account, concern, ApprovalKind(options.decision),
            decisions.Reason(options.reason), Said(account.name, now),
        )  # fmt: skip
    print(f"Asked: approval {made.id}. The second person decides: approval approve {made.id}")
    return 0


def _done(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    with closing(state.open_store(settings)) as store:
        account = person.proven(options, store)
        concern = _find(options, store, account, now)
        done = decided.carry_out(store, concern, options.approval, Said(account.name, now))
    print(f"Approval {options.approval} is carried out.", file=sys.stderr)
    if done.deleted:
        stays = f", {done.left} alerts stay for another concern" if done.left else ""
        print(
            f"{done.erased} events erased{stays}; their hashes stay, so that every chain still "
            "verifies. The copy on the device itself is deleted by hand."
        )
    return 0


def _find(options: argparse.Namespace, store: Store, account: Account, now: datetime) -> Concern:
    concern = desk.find(store, options.concern)
    acting = access.acts_as(store, account, now)
    if not concern_access.may_see(concern, acting, account.school or None):
        raise NotFoundError(f"concern {options.concern}: not known; see: concern list")
    return concern
