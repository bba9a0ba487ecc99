"""The verbs ``enrol``, ``run`` and ``status``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tutelage_agent import unspoken
from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError, AwaitedError
from tutelage_agent.host import machine, smbios
from tutelage_wire import __version__

if TYPE_CHECKING:
    import argparse

    from tutelage_agent.assembly import State
    from tutelage_agent.config import AgentConfig
    from tutelage_agent.identity import Membership
    from tutelage_agent.runner import Agent
    from tutelage_agent.status import AgentStatus
    from tutelage_wire.bundle import Bundle

_REJOIN_WAIT = 86_400.0
"""Seconds that a device which lost its keys waits for a person's approval before it asks anew."""


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
    from tutelage_agent import assembly
    from tutelage_wire import bundle, documents

    config = read_config(options.config)
    state = assembly.open_state(config)
    if state.membership is not None and not state.lost and not options.again:
        raise AgentError(
            f"this device has enrolled already, as {state.membership.device_id}; "
            "--again enrols it anew"
        )
    try:
        joined = bundle.loads(options.bundle.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{options.bundle}: cannot be read: {error}") from error
    member = _join(config, state, joined, options.wait)
    if not options.keep_bundle:
        options.bundle.unlink(missing_ok=True)
    print(f"Enrolled as {member.device_id} in {member.bundle.trust_id}/{member.bundle.school_id}.")
    if member.bundle.root:
        seen = documents.fingerprint(documents.decode(member.bundle.root))
        print(f"It obeys what the trust signs under the root: {seen}")
    print("Start it with: tutelage-agent service install (or tutelage-agent run)")
    return 0


def _join(config: AgentConfig, state: State, joined: Bundle, wait: float) -> Membership:
    """Enrol with new keys, or with those that wait for approval; keep what comes of it."""
    from tutelage_agent import context, identity
    from tutelage_agent.enrolment import Evidence, enrol

    first = state.membership is None
    waiting = identity.awaited_keys(config.state_folder, state.keystore) if first else None
    device_keys = waiting or identity.new_keys(state.keystore)
    evidence = Evidence(
        label=machine.label(),
        system=machine.system(),
        machine_id_hash=machine.machine_id_hash(),
        agent_version=__version__,
        serial=smbios.serial(),
        supersedes=state.membership.device_id if state.membership else "",
    )
    try:
        member = asyncio.run(enrol(joined, device_keys, evidence, print, wait))
    except AwaitedError:
        if first:  # a member's present keys stay what they are until others are certified
            identity.await_approval(config.state_folder, state.keystore, device_keys)
        raise
    if not state.lost and _elsewhere(state.membership, member):
        context.delete_all(config.state_folder)
    # A pair of its own: until the membership is written, the keys of before are what they were.
    number = state.membership.key_number + 1 if state.membership else 0
    member = replace(member, key_number=number)
    identity.save_keys(state.keystore, device_keys, number)
    identity.save_membership(config.state_folder, member)
    for other in {*range(identity.MOST_PAIRS), number - 1, number + 1} - {number}:
        identity.forget_keys(state.keystore, other)  # of whoever this device was before
    return member


def _elsewhere(before: Membership | None, after: Membership) -> bool:
    """Tell whether a device left a trust or school: its readers are others now."""
    if before is None:
        return True
    was, now = before.bundle, after.bundle
    return (was.trust_id, was.school_id) != (now.trust_id, now.school_id)


def _join_again(config: AgentConfig) -> None:
    """Let a device that lost its keys join anew, where ICT has put a bundle for it.

    Monitoring must not end for a key store's fault: the spool is kept, and is sent under the new
    keys. Without a bundle the message of ``assembly.build`` says what to do.
    """
    from tutelage_agent import assembly
    from tutelage_wire import bundle

    state, path = assembly.open_state(config), config.state_folder / assembly.BUNDLE_NAME
    if not state.lost or not path.exists():
        return
    logging.getLogger(__name__).warning("%s: joining again with %s", state.lost, path.name)
    try:
        joined = bundle.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AgentError(f"{path}: cannot be read: {error}") from error
    _join(config, state, joined, _REJOIN_WAIT)
    path.unlink(missing_ok=True)


def _run(options: argparse.Namespace) -> int:
    from tutelage_agent import assembly
    from tutelage_agent.host.frugal import give_way, hold_little

    unspoken.leave_no_dump()
    give_way()
    hold_little()
    lines = logging.StreamHandler()
    lines.setFormatter(unspoken.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, handlers=[lines])
    unspoken.say_where_only()
    config = read_config(options.config)
    _join_again(config)
    agent, lock = assembly.build(config)
    try:
        asyncio.run(_until_signal(agent))
    finally:
        lock.release()
    return 0


async def _until_signal(agent: Agent) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    unspoken.say_where_only_in(loop)
    if sys.platform == "win32":  # asyncio has no signal handlers there
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(stop.set))
    else:
        for one in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(one, stop.set)
    await agent.run(stop)


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
    return 0
