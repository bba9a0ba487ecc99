"""A process with the agent's real spool and uplink that keeps numbered events and sends them.

Usage: emitter.py STATE_FOLDER FIRST LAST. Prints ``kept N`` once event N is durable. It is killed
with SIGKILL at any moment by the tests; a next one goes on from the last number that was printed.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sys
from pathlib import Path

from tutelage_agent import identity
from tutelage_agent.believed_keys import BelievedKeys
from tutelage_agent.config import AgentConfig, UplinkSettings
from tutelage_agent.exchange import KeyExchange, is_asked
from tutelage_agent.host import machine
from tutelage_agent.instance_lock import InstanceLock
from tutelage_agent.keystore.choose import open_keystore
from tutelage_agent.reporter import Reporter
from tutelage_agent.spool import Spool
from tutelage_agent.uplink import Uplink
from tutelage_wire.events import EventId, IctFinding, IntegrityFinding, IntegrityKind
from tutelage_wire.times import utc_now


def event_id(number: int) -> EventId:
    return EventId(hashlib.sha256(f"event {number} of {os.getpid()}".encode()).hexdigest()[:32])


async def emit(folder: Path, first: int, last: int) -> None:
    settings = UplinkSettings(bulk_wait=0.05, backoff_first=0.05, backoff_most=0.3)
    config = AgentConfig(state_folder=folder, uplink=settings)
    lock = InstanceLock(folder)
    keystore = open_keystore(folder / "keys", machine.machine_id())
    member = identity.load_membership(folder)
    device_keys = identity.load_keys(keystore, member.key_number)
    spool = Spool(folder / "spool", identity.spool_key(keystore), config.spool, utc_now)
    if spool.epoch() == 0 and not spool.stats().events:
        spool.start_epoch(member.first_epoch)
    exchange = KeyExchange(folder, keystore, utc_now)
    uplink = Uplink(
        member,
        device_keys,
        spool,
        settings,
        utc_now,
        exchange=exchange,
        believed=BelievedKeys(member.bundle, folder),
    )
    reporter = Reporter(spool, utc_now, machine.boot_id(), uplink.wake)
    stop = asyncio.Event()
    link = asyncio.create_task(uplink.run(stop))
    for number in range(first, last + 1):
        # Every third is urgent, so that both lanes are cut in their middle.
        body = (
            IntegrityFinding(IntegrityKind.CLOCK_WRONG, f"number {number}")
            if number % 3 == 0
            else IctFinding("numbered", f"number {number}")
        )
        await asyncio.to_thread(reporter.report, body, event_id(number))
        print(f"kept {number} {event_id(number)}", flush=True)
        await asyncio.sleep(0.004)
    while spool.stats().events or is_asked(folder):
        await asyncio.sleep(0.02)
    print("all stored", flush=True)
    stop.set()
    await link
    lock.release()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    asyncio.run(emit(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
