"""200 events, and at random moments a kill or a cut: each is stored exactly once, in one chain."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from cutting_proxy import CuttingProxy
from processes import AgentFolder, CollectorProcess, Emitter

EVENTS = 200

pytestmark = pytest.mark.slow


@pytest.fixture
def collector(tmp_path):
    made = CollectorProcess(tmp_path / "collector")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def relay(collector):
    made = CuttingProxy(("127.0.0.1", collector.link_port))
    yield made
    made.close()


@pytest.fixture
def emitter(tmp_path, collector, relay):
    bundle = collector.bundle(tmp_path / "bundle.json", link_port=relay.port)
    made = Emitter(AgentFolder(tmp_path / "agent", bundle), tmp_path / "emitter.log")
    yield made
    if made.alive():
        made.kill()


def each_is_stored_once(collector, emitter):
    stored = Counter(event.id for event in collector.events())
    kept = {event for events in emitter.kept.values() for event in events}
    assert set(emitter.kept) == set(range(1, EVENTS + 1))
    assert [event for event in kept if stored[event] != 1] == []
    assert [event for event, times in stored.items() if times != 1] == []
    broken = {"sequence_gap", "chain_fork", "batch_refused", "epoch_opened"}
    assert [found for found in collector.integrity() if found.kind in broken] == []


def moments(seed):
    """Six random numbers of events after which something happens."""
    return sorted(random.Random(seed).sample(range(5, EVENTS - 5), 6))


def run_with(emitter, seed, happen):
    """Emit all events; after each of the moments, and a random wait, let it happen."""
    chance = random.Random(seed)
    print(f"seed {seed}")
    emitter.start(EVENTS)
    for number in moments(seed):
        while emitter.look() < number and emitter.alive():
            time.sleep(0.002)
        time.sleep(chance.random() * 0.02)
        happen()
    emitter.wait()


def test_the_agent_killed_at_any_moment_loses_and_doubles_nothing(collector, emitter):
    def kill():
        emitter.kill()
        emitter.start(EVENTS)

    run_with(emitter, random.randrange(10**6), kill)
    each_is_stored_once(collector, emitter)


def test_the_collector_killed_at_any_moment_loses_and_doubles_nothing(collector, emitter):
    def kill():
        collector.kill()
        collector.start()

    run_with(emitter, random.randrange(10**6), kill)
    each_is_stored_once(collector, emitter)


def test_the_connection_cut_at_any_moment_loses_and_doubles_nothing(collector, emitter, relay):
    run_with(emitter, random.randrange(10**6), relay.cut)
    each_is_stored_once(collector, emitter)


def test_both_killed_and_the_line_cut_in_turn(collector, emitter, relay):
    seed = random.randrange(10**6)
    chance = random.Random(seed)

    def anything():
        match chance.randrange(3):
            case 0:
                emitter.kill()
                emitter.start(EVENTS)
            case 1:
                collector.kill()
                collector.start()
            case 2:
                relay.cut()

    run_with(emitter, seed, anything)
    each_is_stored_once(collector, emitter)
