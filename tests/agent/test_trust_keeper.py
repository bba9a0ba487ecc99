"""What a device obeys, refuses and remembers: the rows of the threat table about policy."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from ceremony import LATER, Ceremony, public, signing
from obeying_device import NOW, Collector, Device
from signed_policy import body, signed
from tutelage_wire import documents
from tutelage_wire.documents import Head, Role, RoleKeys
from tutelage_wire.events import IntegrityKind


@pytest.fixture
def people():
    return Ceremony("ret")


@pytest.fixture
def collector():
    return Collector()


@pytest.fixture
def device(tmp_path, people):
    return Device(tmp_path / "device", people)


def test_a_signed_policy_is_in_force_and_still_is_after_a_restart(device, people, collector):
    assert device.version == 0
    assert device.take(collector, signed(people, 4)).version == 4
    assert [one.kind for one in device.told] == [IntegrityKind.POLICY_APPLIED]
    assert device.begin().version == 4


def test_threat_08_a_rogue_key_cannot_sign_a_policy(device, people, collector):
    other = Ceremony("ret")
    device.take(collector, signed(people, 1))
    assert device.take(collector, signed(other, 2)).version == 1
    assert "signed by 0" in device.refused()[0]


def test_threat_08_an_old_policy_does_not_come_back(device, people, collector):
    device.take(collector, signed(people, 5))
    assert device.take(collector, signed(people, 4)).version == 5
    assert "a rollback" in device.refused()[0]


def test_threat_08_a_second_policy_of_one_version_is_noticed(device, people, collector):
    device.take(collector, signed(people, 5))
    assert device.take(collector, signed(people, 5, title="Another")).version == 5
    assert "equivocation" in device.refused()[0]


def test_threat_08_another_trusts_policy_is_refused(device, people, collector):
    other = Ceremony("other")
    other.policy_key = people.policy_key
    assert device.take(collector, signed(other, 1)).version == 0
    assert "'other'" in device.refused()[0]


def test_threat_08_a_policy_that_cannot_be_read_keeps_the_last_good_one(device, people, collector):
    device.take(collector, signed(people, 1))
    assert device.take(collector, signed(people, 2, watch="everything")).version == 1
    assert "is not a key" in device.refused()[0]
    assert device.take(collector, signed(people, 2, watch="everything")).told == []
    assert device.take(collector, signed(people, 3)).version == 3


def test_threat_09_a_restored_folder_brings_no_old_policy_back(device, people, collector):
    device.take(collector, signed(people, 4))
    shutil.copytree(device.folder / "trust", device.folder / "backup")
    device.take(collector, signed(people, 5))
    shutil.rmtree(device.folder / "trust")
    shutil.copytree(device.folder / "backup", device.folder / "trust")
    device.told.clear()
    assert device.begin().version == 0  # the built-in policy, until the collector gives version 5
    assert "rollback" in device.refused()[0]
    assert device.take(collector, signed(people, 4)).version == 0
    assert device.take(collector, signed(people, 5)).version == 5


def test_threat_09_a_restored_folder_brings_no_key_back_that_a_later_root_took_away(
    device, people, collector
):
    before, stolen = Ceremony("ret"), people.policy_key
    people.policy_key = before.policy_key
    device.take(collector, people.root(2))
    shutil.rmtree(device.folder / "trust")  # root 2 with it
    device.begin()
    thief = Ceremony("ret")
    thief.policy_key = stolen
    assert device.take(collector, signed(thief, 1)).version == 0
    assert "root 2 was in force here" in device.refused()[0]
    assert device.take(collector, people.root(2), signed(people, 1)).version == 1


def test_threat_13_a_collector_with_all_its_keys_makes_no_policy_root_or_recipients(
    device, people, collector
):
    device.take(collector, signed(people, 1))
    thief = Ceremony("ret")
    thief.policy_key = thief.root_keys[0] = people.collector_key
    stolen = [people.collector_key, *thief.root_keys]
    device.take(
        collector, signed(thief, 2), thief.recipients(2, [people.collector_key]),
        people.root(2, signers=stolen, roles=thief.roles()),
    )  # fmt: skip
    assert device.version == 1
    assert device.keeper.version(Role.RECIPIENTS) == 0
    assert device.keeper.version(Role.ROOT) == 1
    assert len(device.refused()) == 3


def test_threat_13_a_withheld_policy_is_noticed_and_the_last_one_stays(device, people, collector):
    head = Head(Role.FRESHNESS, "ret", 7, LATER)
    payload = documents.write_payload(head, {"latest": {"policy": 2}})
    fresh = documents.sign(Role.FRESHNESS, payload, signing([people.collector_key]))
    device.take(collector, signed(people, 1), fresh)
    device.keeper.say_stale(NOW)
    assert device.stale() == ["policy 2 exists and is not in force here"]
    assert device.version == 1
    device.keeper.say_stale(LATER + timedelta(days=1))
    assert "freshness has expired" in device.stale()
    assert device.version == 1


def test_threat_21_one_person_alone_changes_no_recipients_and_no_root(device, people, collector):
    device.take(
        collector, people.recipients(1, people.recipient_keys[:1]),
        people.root(2, signers=people.root_keys[:1]),
    )  # fmt: skip
    assert device.keeper.versions() == ("root@1",)
    assert all("signed by 1" in one for one in device.refused())


def test_the_policy_key_is_rotated_by_two_of_the_roots_people(device, people, collector):
    device.take(collector, signed(people, 3))
    before = people.policy_key
    people.policy_key = Ceremony("ret").policy_key
    device.take(collector, people.root(2))
    assert device.version == 3  # what the old key signed stays in force
    assert device.keeper.stale(NOW) == ("policy awaits the new root's keys",)
    assert device.begin().version == 3
    lost = Ceremony("ret")
    lost.policy_key = before
    assert device.take(collector, signed(lost, 4)).version == 3  # but it signs nothing more
    assert device.take(collector, signed(people, 4)).version == 4
    assert device.begin().version == 4


def test_rotations_that_were_slept_through_are_followed_one_by_one(device, people, collector):
    roots, holder = [], people
    for version in (2, 3, 4):
        fresh = Ceremony("ret")
        signers = holder.root_keys[:2] + fresh.root_keys[:2]
        roots.append(fresh.root(version, signers=signers))
        holder = fresh
    assert device.take(collector, *reversed(roots)).keeper.version(Role.ROOT) == 4
    assert device.take(collector, signed(holder, 1)).version == 1
    assert device.begin().version == 1


def test_a_device_without_a_root_obeys_nothing_and_says_so(tmp_path, people, collector):
    device = Device(tmp_path / "old", people)
    device.root = b""
    device.begin().take(collector, people.root(), signed(people, 1))
    assert device.version == 0
    assert "enrols again" in device.refused()[0]


def test_a_root_that_is_not_the_bundles_is_followed_only_if_signed_by_it(device, people, collector):
    rogue = Ceremony("ret")
    device.take(collector, rogue.root(2, signers=rogue.root_keys))
    assert device.keeper.version(Role.ROOT) == 1


def test_a_role_whose_keys_cannot_reach_their_threshold_never_comes_into_force(
    device, people, collector
):
    roles = {**people.roles(), Role.POLICY: RoleKeys((public(people.policy_key),), 2)}
    device.take(collector, people.root(2, roles=roles))
    assert "cannot reach" in device.refused()[0]


def test_the_sensors_follow_the_policy_in_force(device, people, collector):
    assert device.in_force.scope().why_not("files") is None
    device.take(collector, signed(people, 1, profile={"pupil": {"sensors": ["browser_history"]}}))
    assert device.in_force.scope().why_not("files") is not None
    assert device.in_force.scope().why_not("browser_history") is None
    assert body()["title"] in device.take(collector, signed(people, 2)).in_force.held.policy.title


def test_a_device_that_enrols_again_under_another_root_begins_anew(device, people, collector):
    device.take(collector, signed(people, 5), people.root(2))
    other = Ceremony("ret")
    device.root, device.people = documents.encode(other.root()), other
    device.begin()
    assert (device.version, device.refused()) == (0, [])
    assert device.take(collector, signed(other, 1)).version == 1


@pytest.mark.parametrize("name", ["policy.signed", "root-000002.signed"])
def test_a_damaged_file_in_the_folder_is_said_and_mended_by_the_collector(
    device, people, collector, name
):
    given = (people.root(2), signed(people, 3))
    device.take(collector, *given)
    (path,) = device.folder.rglob(name)
    path.write_bytes(b"\x00damaged" + path.read_bytes())
    device.told.clear()
    device.begin()
    assert device.refused()
    assert device.take(collector, *given).version == 3
    assert device.keeper.version(Role.ROOT) == 2
    assert device.begin().version == 3
