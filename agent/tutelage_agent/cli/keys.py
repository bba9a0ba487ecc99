"""The verb ``keys``: what this device is known by, and exchanging it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    import argparse

    from tutelage_agent.assembly import State
    from tutelage_agent.config import AgentConfig

_LOOK_SECONDS = 0.1


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb and its two actions."""
    keys = verbs.add_parser("keys", help="this device's keys: show them, exchange them")
    actions = keys.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="which pair is in use, where it lies, until when")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_show)
    rotate = actions.add_parser(
        "rotate",
        help="exchange both keys and the certificate now",
        description="Exchange both keys and the certificate now, for example after a repair. It "
        "happens by itself every 60 days. The device keeps its name, and nothing is lost.",
    )
    rotate.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS",
        help="for the agent that runs to have done it (default: %(default)s)",
    )  # fmt: skip
    rotate.set_defaults(run=_rotate)


def _show(options: argparse.Namespace) -> int:
    from tutelage_agent import enrolment
    from tutelage_wire import times

    state = _enrolled(read_config(options.config))
    member = state.membership
    assert member is not None  # noqa: S101 - _enrolled has looked
    ends, due = enrolment.ends_at(member), enrolment.is_due(member, times.utc_now())
    row = {
        "device": member.device_id,
        "pair": member.key_number + 1,
        "kept_in": state.keystore.protection,
        "certificate_until": times.text(ends),
        "exchange_due": due,
    }
    if options.json:
        print(json.dumps(row, indent=2))
        return 0
    print(f"Device       {member.device_id}")
    print(f"Keys         pair {row['pair']}, kept in {state.keystore.protection}")
    print(f"Certificate  until {row['certificate_until']}")
    print(
        "Exchange     due: it happens when the collector is reached"
        if due
        else "Exchange     by itself every 60 days; at once with: tutelage-agent keys rotate"
    )
    return 0


def _rotate(options: argparse.Namespace) -> int:
    from tutelage_agent.instance_lock import InstanceLock

    config = read_config(options.config)
    state = _enrolled(config)
    try:
        lock = InstanceLock(config.state_folder)
    except AgentError:
        return _ask_the_running_agent(config, options.wait)
    try:
        _exchange_here(config, state)
    finally:
        lock.release()
    return 0


def _exchange_here(config: AgentConfig, state: State) -> None:
    """No agent runs: do it now, in its place."""
    from tutelage_agent.exchange import Held, KeyExchange
    from tutelage_wire.times import utc_now

    assert state.membership is not None  # noqa: S101 - _enrolled has looked
    assert state.keys is not None  # noqa: S101
    exchange = KeyExchange(config.state_folder, state.keystore, utc_now)
    made = asyncio.run(exchange.exchange(Held(state.membership, state.keys)))
    print(f"Both keys are exchanged: pair {made.member.key_number + 1} is in use.")


def _ask_the_running_agent(config: AgentConfig, seconds: float) -> int:
    from tutelage_agent import exchange, identity

    exchange.ask(config.state_folder)
    until = time.monotonic() + seconds
    while exchange.is_asked(config.state_folder):
        if time.monotonic() > until:
            print(
                "Asked for; the agent has not done it yet. It does when it reaches the collector: "
                "tutelage-agent status says whether it does."
            )
            return 1
        time.sleep(_LOOK_SECONDS)
    member = identity.load_membership(config.state_folder)
    number = member.key_number + 1 if member else 0
    print(f"Both keys are exchanged: pair {number} is in use.")
    return 0


def _enrolled(config: AgentConfig) -> State:
    from tutelage_agent import assembly

    state = assembly.open_state(config)
    if state.lost:
        raise AgentError(f"{state.lost}: tutelage-agent enrol --again --bundle FILE")
    if state.membership is None or state.keys is None:
        raise AgentError("this device has not enrolled yet: tutelage-agent enrol --bundle FILE")
    return state
