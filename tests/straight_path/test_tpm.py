"""A device with its keys in a TPM: from enrolment to stored events, past a clear and a theft."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import closing

import pytest

from processes import AgentFolder, CollectorProcess, agent_command, collector_cli, wait_until
from software_tpm import SoftwareTpm
from tutelage_collector import state
from tutelage_wire.events import DeviceId, IntegrityFinding, IntegrityKind

pytestmark = pytest.mark.slow


@pytest.fixture
def tpm(tmp_path):
    one = SoftwareTpm(tmp_path / "tpm").start()
    yield one
    one.stop()


@pytest.fixture
def collector(tmp_path):
    one = CollectorProcess(tmp_path / "collector")
    one.start()
    yield one
    one.stop()


def enrolled(tmp_path, collector, tpm, name="agent"):
    keys = {"place": "auto", "tpm": tpm.where}
    uplink = {
        "bulk_wait": 0.05, "backoff_first": 0.05, "backoff_most": 0.3,
        "heartbeat_every": 2,  # status is written with each
    }  # fmt: skip
    bundle = collector.bundle(tmp_path / f"{name}.json")
    return AgentFolder(tmp_path / name, bundle, keys=keys, uplink=uplink)


def verb(agent, *words):
    return subprocess.run(
        agent_command(agent.settings, *words),
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def status(agent):
    said = verb(agent, "status", "--json").stdout
    return json.loads(said) if said else {}


def integrity(collector, kind):
    return [
        one.body
        for one in collector.events()
        if isinstance(one.body, IntegrityFinding) and one.body.kind is kind
    ]


def devices(collector):
    with closing(state.open_store(collector.settings)) as store:
        return {view.device.id: view.device for view in store.devices()}


def ended(running):
    running.terminate()
    running.wait(60)


def test_a_device_with_a_tpm_joins_sends_and_says_so_everywhere(tmp_path, collector, tpm):
    agent = enrolled(tmp_path, collector, tpm)
    running = agent.run(tmp_path / "agent.log")
    try:
        log = tmp_path / "agent.log"
        wait_until(lambda: status(agent).get("connected", False), 60, log.read_text())
        wait_until(lambda: bool(integrity(collector, IntegrityKind.AGENT_STARTED)), 60, "stored")
        assert "Keys        tpm" in verb(agent, "status").stdout
        wait_until(
            lambda: '"tpm"' in collector_cli(collector.folder, "device", "list", "--json"), 60,
            "no heartbeat says tpm",
        )  # fmt: skip
    finally:
        ended(running)
    (device,) = devices(collector).values()
    shown = collector_cli(collector.folder, "device", "show", device.id[:8])
    assert "its TPM: they cannot be copied off the device" in shown
    assert len(device.evidence.tpm_ek_hash) == 32
    assert tpm.tool("tpm2_getcap", "handles-transient") == ""
    assert not list((agent.state / "keys").glob("*.sealed"))
    private = [path.read_bytes() for path in agent.state.rglob("*") if path.is_file()]
    assert not any(b"PRIVATE KEY" in one for one in private)


def test_threat_28_a_cleared_tpm_costs_a_new_name_and_no_event(tmp_path, collector, tpm):
    agent = enrolled(tmp_path, collector, tpm)
    (before,) = devices(collector)
    # 1. Events wait in the spool, because the collector is away; the TPM is cleared meanwhile.
    collector.stop()
    running = agent.run(tmp_path / "agent.log")
    wait_until(lambda: status(agent).get("spool_events", 0) > 3, 60, "spooled")
    ended(running)
    tpm.clear()
    # 2. The agent says what it lost and what to do.
    collector.start()
    refused = verb(agent, "run")
    assert refused.returncode == 2
    assert "the TPM that made this device's keys was cleared" in refused.stderr
    assert "events are kept" in refused.stderr
    # 3. With a bundle it joins by itself, into the same TPM; all that waited arrives.
    collector.bundle(agent.state / "tutelage-bundle.json")
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: bool(integrity(collector, IntegrityKind.AGENT_STOPPED)), 60, "arrived")
        wait_until(lambda: status(agent).get("connected", False), 60, "connected")
    finally:
        ended(running)
    assert len(integrity(collector, IntegrityKind.AGENT_STARTED)) == 2
    assert integrity(collector, IntegrityKind.SPOOL_QUARANTINED) == []
    (fresh,) = devices(collector).keys() - {before}
    assert devices(collector)[DeviceId(fresh)].evidence.supersedes == before
    assert status(agent)["key_protection"] == "tpm"
    # 4. And again: the spool's key is still the first device's, two names later.
    collector.stop()
    running = agent.run(tmp_path / "agent.log")
    wait_until(lambda: status(agent).get("spool_events", 0) > 3, 60, "spooled")
    ended(running)
    tpm.clear()
    collector.start()
    done = verb(agent, "enrol", "--bundle", str(collector.bundle(tmp_path / "third.json")))
    assert done.returncode == 0, done.stderr
    assert "Its keys are kept in: tpm" in done.stdout
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(
            lambda: len(integrity(collector, IntegrityKind.AGENT_STARTED)) == 4, 60, "arrived"
        )
    finally:
        ended(running)
    assert integrity(collector, IntegrityKind.SPOOL_QUARANTINED) == []


def test_a_tpm_that_is_cleared_under_a_running_agent_heals_with_a_bundle(tmp_path, collector, tpm):
    agent = enrolled(tmp_path, collector, tpm)
    (before,) = devices(collector)
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: status(agent).get("connected", False), 60, "connected")
        tpm.clear()
        collector.stop()
        collector.start()
        wait_until(lambda: "was cleared" in status(agent).get("last_error", ""), 60, "it says why")
        assert running.poll() is None  # it goes on watching
        collector.bundle(agent.state / "tutelage-bundle.json")
        assert running.wait(60) == 2  # a service is started again by the system
    finally:
        running.kill()
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: bool(integrity(collector, IntegrityKind.AGENT_STOPPED)), 60, "arrived")
    finally:
        ended(running)
    (fresh,) = devices(collector).keys() - {before}
    assert devices(collector)[DeviceId(fresh)].evidence.supersedes == before
    assert integrity(collector, IntegrityKind.SPOOL_QUARANTINED) == []


def test_threat_05_a_copied_state_folder_is_nobody_on_a_machine_with_another_tpm(
    tmp_path, collector, tpm
):
    agent = enrolled(tmp_path, collector, tpm)
    thief = AgentFolder.__new__(AgentFolder)
    thief.state, thief.settings = tmp_path / "stolen", tmp_path / "stolen.toml"
    shutil.copytree(agent.state, thief.state)
    other = SoftwareTpm(tmp_path / "other").start()
    try:
        text = agent.settings.read_text(encoding="utf-8")
        text = text.replace(str(agent.state), str(thief.state)).replace(tpm.where, other.where)
        thief.settings.write_text(text, encoding="utf-8")
        refused = verb(thief, "run")
    finally:
        other.stop()
    assert refused.returncode == 2
    assert "was cleared, or is another one" in refused.stderr
    assert collector.events() == []


def test_a_tpm_that_stops_answering_stops_neither_monitoring_nor_what_follows(
    tmp_path, collector, tpm
):
    agent = enrolled(tmp_path, collector, tpm)
    running = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: status(agent).get("connected", False), 60, "connected")
        tpm.stop()
        collector.stop()
        collector.start()
        wait_until(
            lambda: "key cannot sign" in status(agent).get("last_error", ""), 60, "it says why"
        )
        waiting = status(agent)["spool_events"]
        (agent.documents / "note.txt").write_text("i want to kill myself", encoding="utf-8")
        wait_until(lambda: status(agent)["spool_events"] > waiting, 60, "it goes on watching")
        assert running.poll() is None
        tpm.start()
        wait_until(lambda: status(agent).get("connected", False), 60, "it connects again")
    finally:
        ended(running)
