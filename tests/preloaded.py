"""An agent whose spool holds a backlog of bulk events, as after a week away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tutelage_agent import identity
from tutelage_agent.config import SpoolSettings
from tutelage_agent.host import machine
from tutelage_agent.keystore.choose import open_keystore
from tutelage_agent.spool import Priority, Spool
from tutelage_wire import codec, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Event, IctFinding
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from processes import AgentFolder


def fill_bulk(agent: AgentFolder, count: int) -> None:
    """Put ``count`` bulk events into the spool of an agent that does not run."""
    keystore = open_keystore(agent.state / "keys", machine.machine_id())
    member = identity.load_membership(agent.state)
    assert member is not None
    spool = Spool(agent.state / "spool", identity.spool_key(keystore), SpoolSettings(), utc_now)
    if spool.epoch() == 0:
        spool.start_epoch(member.first_epoch)
    for number in range(count):
        event = Event(
            id=codec.new_event_id(),
            device_time=utc_now(),
            monotonic_ms=times.monotonic_ms(),
            boot_id=machine.boot_id(),
            body=IctFinding("backlog", f"number {number} " + "x" * 200),
        )
        spool.append(codec.encode_event(event), TravelLane.BULK, Priority.FINDING)
    spool.close()


def spool_events(agent: AgentFolder) -> int:
    """Return how many events the running agent last said that it still holds."""
    return int(json.loads((agent.state / "status.json").read_text())["spool_events"])
