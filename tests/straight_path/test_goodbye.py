"""What an agent says last reaches the collector before it ends."""

from __future__ import annotations

import signal
import subprocess

import pytest

from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from tutelage_wire.events import IntegrityKind


@pytest.mark.slow
def test_an_agent_that_is_told_to_end_says_so_first_and_the_collector_has_it(tmp_path):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    agent = None
    try:
        device = AgentFolder(
            tmp_path / "device",
            collector.bundle(tmp_path / "bundle.json"),
            uplink={"bulk_wait": 2.0},  # as installed: what may wait does not come in time
        )
        agent = device.run(tmp_path / "agent.log")
        kinds = lambda: [one.kind for one in collector.integrity()]  # noqa: E731
        wait_until(lambda: IntegrityKind.AGENT_STARTED in kinds())
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 0
        [said] = [one for one in collector.integrity() if one.kind == IntegrityKind.AGENT_STOPPED]
        assert said.detail == "asked to stop; the device stays on"
    finally:
        if agent is not None:
            agent.kill()
        collector.stop()


@pytest.mark.slow
def test_a_device_that_lost_its_collector_says_so_itself(tmp_path):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    agent = None
    try:
        device = AgentFolder(
            tmp_path / "device",
            collector.bundle(tmp_path / "bundle.json"),
            uplink={"heartbeat_every": 1, "bulk_wait": 0.05, "backoff_first": 0.05,
                    "backoff_most": 0.3},
        )  # fmt: skip
        agent = device.run(tmp_path / "agent.log")

        def says(words: str) -> bool:
            told = subprocess.run(
                agent_command(device.settings, "status"),
                capture_output=True, text=True, check=False, timeout=60,
            )  # fmt: skip
            return words in told.stdout

        wait_until(lambda: says(", connected"), 60)
        collector.stop()
        wait_until(lambda: says("not connected"), 60)
    finally:
        if agent is not None:
            agent.kill()
            agent.wait(30)
        collector.stop()
