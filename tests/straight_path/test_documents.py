"""Signed documents on their whole way: published, offered, fetched, verified, in force."""

from __future__ import annotations

import shutil

import pytest

from ceremony import Ceremony
from linked_device import Linked
from live_collector import SCHOOL, TRUST, LiveCollector
from processes import wait_until
from tutelage_collector import config, published, state
from tutelage_collector.errors import PublishError
from tutelage_wire import codec, times
from tutelage_wire.documents import Role
from tutelage_wire.events import IctFinding


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "state"
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)
    return folder


@pytest.fixture
def people(collector):
    made = Ceremony(TRUST)
    made.collector_key = state.load(collector.settings.folder).checkpoint_key
    return made


@pytest.fixture
def collector(made, tmp_path):
    with LiveCollector(shutil.copytree(made, tmp_path / "collector")) as live:
        yield live


def publish(collector, *signed):
    with collector.store() as store:
        for document in signed:
            published.publish(store, document, TRUST, times.utc_now(), {})


@pytest.fixture
def device(collector, people, tmp_path):
    publish(collector, people.root())
    return Linked(tmp_path / "device", collector.bundle())


def in_force(device, role, version):
    wait_until(
        lambda: device.keeper.version(role) == version, 15, f"{role} {version}: {device.kinds()}"
    )


def test_a_policy_published_before_is_in_force_on_connecting(collector, people, device):
    publish(collector, people.policy(3))
    with device.running():
        in_force(device, Role.POLICY, 3)
        wait_until(lambda: device.keeper.version(Role.FRESHNESS) > 0)
    assert "policy_applied: policy 3" in device.kinds()


def test_a_policy_published_while_connected_is_in_force_without_a_restart(
    collector, people, device
):
    with device.running():
        wait_until(lambda: device.uplink.state.connected)
        publish(collector, people.policy(1))
        in_force(device, Role.POLICY, 1)
        publish(collector, people.policy(2), people.recipients(1))
        in_force(device, Role.POLICY, 2)
        in_force(device, Role.RECIPIENTS, 1)
    assert device.recipients == [1]
    assert device.new_keeper().version(Role.POLICY) == 2
    assert device.recipients == [1, 1]


def test_keys_are_rotated_while_events_flow_and_nothing_is_lost(collector, people, device):
    publish(collector, people.policy(1))
    kept = []
    with device.running():
        in_force(device, Role.POLICY, 1)
        others = Ceremony(TRUST)
        others.collector_key = people.collector_key
        for number in range(60):
            kept.append(device.reporter.report(IctFinding("numbered", f"number {number}")))
            if number == 20:
                # The next root is signed by the old keys and by the new ones.
                signers = people.root_keys[:2] + others.root_keys[:2]
                publish(collector, others.root(2, signers=signers))
                in_force(device, Role.ROOT, 2)
                assert device.keeper.version(Role.POLICY) == 1  # the last good one stays
                assert any("awaits" in one for one in device.keeper.stale(times.utc_now()))
            if number == 40:
                with pytest.raises(PublishError, match="signed by 0"):
                    publish(collector, people.policy(2))
                publish(collector, others.policy(2))
                in_force(device, Role.POLICY, 2)
        wait_until(lambda: device.spool.stats().events == 0)
    with collector.store() as store:
        assert store.check() == []
        assert {one.kind for one in store.integrity()} <= {"policy_applied"}
        stored = [
            codec.decode_event(data).id
            for one in store.batches()
            for data in codec.decode_batch(one.raw).events
        ]
    assert [one for one in kept if stored.count(one) != 1] == []
    again = device.new_keeper()
    assert (again.version(Role.ROOT), again.version(Role.POLICY)) == (2, 2)
