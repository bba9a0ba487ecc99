"""Drill: a device exchanges both its keys while events flow, and is killed while it does."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from contextlib import closing

import pytest

from drill import nothing_lost
from processes import AgentFolder, CollectorProcess, Emitter, agent_command, wait_until
from tutelage_agent import exchange, identity
from tutelage_agent.host import machine
from tutelage_agent.keystore.choose import open_keystore
from tutelage_collector import state
from tutelage_collector.store.records_device_keys import PairState
from tutelage_wire import keys


@pytest.fixture(scope="module")
def collector(tmp_path_factory):
    made = CollectorProcess(tmp_path_factory.mktemp("drill") / "collector")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def agent(collector, tmp_path):
    bundle = tmp_path / "bundle.json"
    collector.bundle(bundle)
    return AgentFolder(tmp_path / "agent", bundle)


def rotate(agent):
    """Run the command that the page of drills names; return what it said."""
    command = agent_command(agent.settings, "keys", "rotate", "--wait", "20")
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def present(agent):
    """Return the device's membership and the public halves of the pair in use."""
    member = identity.load_membership(agent.state)
    store = open_keystore(agent.state / "keys", machine.machine_id())
    pair = identity.load_keys(store, member.key_number)
    return member, keys.spki(pair.tls.public_key()), pair.signing_public


def pairs(collector, member):
    with closing(state.open_store(collector.settings)) as store:
        return store.device(member.device_id), store.key_pairs(member.device_id)


def test_drill_device_keys_are_exchanged_while_events_flow(collector, agent, tmp_path):
    before = present(agent)
    emitter = Emitter(agent, tmp_path / "emitter")
    emitter.start(100_000)
    wait_until(lambda: emitter.look() > 60)
    assert "pair 2 is in use" in rotate(agent)
    wait_until(lambda: emitter.look() > 260)
    assert "pair 3 is in use" in rotate(agent)
    drain(emitter)
    member, tls_key, signing_key = present(agent)
    assert member.device_id == before[0].device_id
    device, earlier = pairs(collector, member)
    assert (device.tls_key, device.signing_key) == (tls_key, signing_key)
    assert [one.state for one in earlier] == [PairState.REPLACED] * 2
    assert earlier[-1].signing_key == before[2]
    with closing(state.open_store(collector.settings)) as store:
        assert len(store.proofs(member.device_id)) == 3  # every certificate is kept
        nothing_lost(store, ids(emitter), collector.events())


def test_drill_device_keys_of_an_agent_that_does_not_run(collector, agent, tmp_path):
    assert "pair 2 is in use" in rotate(agent)
    shown = subprocess.run(
        agent_command(agent.settings, "keys", "show"),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert "pair 2" in shown.stdout
    emitter = Emitter(agent, tmp_path / "emitter")
    emitter.start(30)
    emitter.wait()
    with closing(state.open_store(collector.settings)) as store:
        nothing_lost(store, ids(emitter), collector.events())


@pytest.mark.slow
def test_drill_device_keys_with_the_agent_killed_at_random_moments(collector, agent, tmp_path):
    """SIGKILL between drawing, asking, answering, keeping and first use: eight times."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    emitter = Emitter(agent, tmp_path / "emitter")
    for _ in range(8):
        done = max(emitter.kept, default=0)
        emitter.start(100_000)
        wait_until(lambda done=done: emitter.look() > done + 15)
        exchange.ask(agent.state)
        time.sleep(chance.uniform(0.0, 1.2))
        drain(emitter)
    member, tls_key, signing_key = present(agent)
    assert member.key_number > 1
    device, _ = pairs(collector, member)
    assert (device.tls_key, device.signing_key) == (tls_key, signing_key)
    with closing(state.open_store(collector.settings)) as store:
        nothing_lost(store, ids(emitter), collector.events())


@pytest.mark.slow
def test_drill_device_keys_with_the_collector_killed_at_random_moments(collector, agent, tmp_path):
    chance = random.Random(random.randrange(2**32))
    emitter = Emitter(agent, tmp_path / "emitter")
    emitter.start(100_000)
    for _ in range(3):
        done = emitter.look()
        wait_until(lambda done=done: emitter.look() > done + 15)
        exchange.ask(agent.state)
        killer = threading.Timer(chance.uniform(0.0, 1.2), collector.kill)
        killer.start()
        killer.join()
        collector.start()
    wait_until(lambda: not exchange.is_asked(agent.state), 90, "exchanged")
    drain(emitter)
    with closing(state.open_store(collector.settings)) as store:
        nothing_lost(store, ids(emitter), collector.events())


def drain(emitter):
    """Let a last agent send all that is left."""
    emitter.kill()
    emitter.start(emitter.look() + 30)
    emitter.wait()


def ids(emitter):
    return [event for events in emitter.kept.values() for event in events]
