"""A device that lost its keys: it says so, joins again, and what it had kept arrives."""

from __future__ import annotations

import subprocess
from contextlib import closing

import pytest

from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from tutelage_collector import state
from tutelage_wire import codec
from tutelage_wire.events import DeviceId, IntegrityFinding


@pytest.mark.slow
def test_threat_28_an_agent_that_lost_its_keys_joins_again_and_loses_no_event(tmp_path):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    first = tmp_path / "first.json"
    collector.bundle(first)
    agent = AgentFolder(tmp_path / "agent", first)
    before = device_ids(collector)
    # 1. Some events wait in the spool, because the collector is away.
    collector.stop()
    running = agent.run(tmp_path / "agent.log")
    spool = agent.state / "spool"
    wait_until(lambda: spool.exists() and any(spool.iterdir()), 30, "spooled")
    wait_until(lambda: "running" in status(agent), 30, "status")
    running.terminate()
    running.wait(30)
    # 2. The keys are lost; without a bundle the agent says what to do.
    for name in ("tls-key.sealed", "signing-key.sealed"):
        (agent.state / "keys" / name).unlink()
    collector.start()
    command = agent_command(agent.settings, "run")
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert "events are kept" in ended.stderr
    # 3. With one, it joins by itself; what waited arrives under the new name.
    collector.bundle(agent.state / "tutelage-bundle.json")
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: len(stops(collector)) >= 1, 60, (tmp_path / "agent.log").read_text())
    finally:
        running.terminate()
        running.wait(30)
    (fresh,) = device_ids(collector) - before
    with closing(state.open_store(collector.settings)) as store:
        device = store.device(DeviceId(fresh))
    assert device is not None
    assert device.evidence.supersedes in before
    assert not (agent.state / "tutelage-bundle.json").exists()
    collector.stop()


def device_ids(collector):
    with closing(state.open_store(collector.settings)) as store:
        return {view.device.id for view in store.devices()}


def stops(collector):
    """Return the last words of the agent before it lost its keys."""
    with closing(state.open_store(collector.settings)) as store:
        found = [
            codec.decode_event(data).body
            for one in store.batches()
            for data in codec.decode_batch(one.raw).events
        ]
    return [
        one for one in found if isinstance(one, IntegrityFinding) and one.kind == "agent_stopped"
    ]


def status(agent):
    command = agent_command(agent.settings, "status", "--json")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    return "running" if '"running": true' in done.stdout else ""
