"""The verbs ``enrol``, ``run`` and ``status``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tutelage_agent import unspoken
from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    import argparse

    from tutelage_agent.runner import Agent
    from tutelage_agent.status import AgentStatus

_LOOK_FOR_BUNDLE = 5.0
"""Seconds between two looks for a bundle, where the device's key was lost."""


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the three verbs."""
    enrol = verbs.add_parser(
        "enrol",
        help="join the school's collector",
        description="Join the school's collector with the bundle file that ICT gave you.",
    )
    enrol.add_argument("--bundle", type=Path, required=True, metavar="FILE", help="bundle file")
    enrol.add_argument(
        "--wait", type=float, default=0.0, metavar="SECONDS", help="wait for a person's approval"
    )
    enrol.add_argument(
        "--again",
        action="store_true",
        help="enrol although this device already has (events that wait are kept)",
    )
    enrol.add_argument(
        "--keep-bundle",
        action="store_true",
        help="do not delete the bundle, which holds the join token",
    )
    enrol.set_defaults(run=_enrol)

    run = verbs.add_parser("run", help="run the agent until it is told to stop")
    run.add_argument("--verbose", action="store_true", help="log what it does to standard error")
    run.set_defaults(run=_run)

    show = verbs.add_parser("status", help="show how the agent on this device is doing")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(run=_status)


def _enrol(options: argparse.Namespace) -> int:
    # What the whole agent loads takes longer than a check: each verb loads what it needs.
    from tutelage_agent import assembly, joining
    from tutelage_wire import documents

    config = read_config(options.config)
    state = assembly.open_state(config)
    if state.membership is not None and not state.lost and not options.again:
        raise AgentError(
            f"this device has enrolled already, as {state.membership.device_id}; "
            "--again enrols it anew"
        )
    joined = joining.read_bundle(options.bundle)
    member = joining.join(config, state, joined, options.wait)
    if not options.keep_bundle:
        options.bundle.unlink(missing_ok=True)
    print(f"Enrolled as {member.device_id} in {member.bundle.trust_id}/{member.bundle.school_id}.")
    if member.bundle.root:
        seen = documents.fingerprint(documents.decode(member.bundle.root))
        print(f"It obeys what the trust signs under the root: {seen}")
    print(f"Its keys are kept in: {assembly.open_state(config).keystore.protection}")
    print("Start it with: tutelage-agent service install (or tutelage-agent run)")
    return 0


def _run(options: argparse.Namespace) -> int:
    from tutelage_agent import assembly, joining
    from tutelage_agent.host.frugal import give_way
    from tutelage_agent.host.memory import hold_little

    unspoken.leave_no_dump()
    give_way()
    hold_little()
    lines = logging.StreamHandler()
    lines.setFormatter(unspoken.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[lines])
    unspoken.say_where_only()
    config = read_config(options.config)
    joining.join_again(config)
    agent, lock = assembly.build(config)
    try:
        rejoin = asyncio.run(_until_signal(agent, config.state_folder / assembly.BUNDLE_NAME))
    finally:
        lock.release()
    if rejoin:
        raise AgentError(
            "the device's key was lost while the agent ran, and a new bundle is here: whoever "
            "starts the agent again (a service by itself) lets it join with that; events are kept"
        )
    return 0


async def _until_signal(agent: Agent, bundle: Path) -> bool:
    """Run until told to stop; return whether the reason is that the device can join again now."""
    stop, rejoin = asyncio.Event(), False
    loop = asyncio.get_running_loop()
    unspoken.say_where_only_in(loop)
    if sys.platform == "win32":  # asyncio has no signal handlers there
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop.set))
    else:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, stop.set)

    async def watch() -> None:
        nonlocal rejoin
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK_FOR_BUNDLE)
            if agent.key_lost and bundle.exists() and not stop.is_set():
                rejoin = True
                stop.set()

    watching = asyncio.create_task(watch())
    await agent.run(stop)
    await watching
    return rejoin


def _more_kept(found: AgentStatus) -> str:
    if not found.context_kept:
        return "nothing of any text"
    return (
        f"sealed, around {found.context_kept} finding{'s' if found.context_kept > 1 else ''}, "
        f"until {found.context_until} at the latest"
    )


def _status(options: argparse.Namespace) -> int:
    from tutelage_agent import identity, status

    config = read_config(options.config)
    found = status.read(config.state_folder)
    member = identity.load_membership(config.state_folder)
    alive = found is not None and psutil.pid_exists(found.process)
    if options.json:
        row = {"enrolled": member is not None, "running": alive}
        print(json.dumps(row | (asdict(found) if found else {}), indent=2))
        return 0 if alive else 1
    if member is None:
        print("Not enrolled: tutelage-agent enrol --bundle FILE")
        return 1
    print(f"Device      {member.device_id}")
    print(f"Belongs to  {member.bundle.trust_id}/{member.bundle.school_id} as {member.profile}")
    if found is None or not alive:
        print("Agent       not running: tutelage-agent service status, or tutelage-agent run")
        return 1
    link = "connected" if found.connected else f"not connected: {found.last_error or 'trying'}"
    print(f"Agent       version {found.version}, running as process {found.process}")
    print(f"Collector   {found.collector}, {link}")
    print(f"Waiting     {found.spool_events} events, {found.spool_bytes} bytes")
    print(f"Stored to   {found.last_checkpoint_at or 'nothing signed by the collector yet'}")
    print(f"Keys        {found.key_protection}")
    print(f"Policy      {found.policy}")
    print(f"More kept   {_more_kept(found)}")
    print(f"Pack        {found.pack or 'not loaded'}")
    checks = ", ".join(f"{count} {name}" for name, count in sorted(found.checks.items()))
    print(f"Checks      {checks or 'not run yet'}")
    for one in found.sensors:
        reason = f" ({one.reason})" if one.reason else ""
        print(f"Sensor      {one.name}: {one.state}{reason}")
    for name, said in found.self_tests.items():
        print(f"Self-test   {name}: {said}")
    return 0
