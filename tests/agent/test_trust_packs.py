"""Packs that came signed: what a device detects with, and what it never will."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from ceremony import Ceremony
from obeying_device import NOW, Collector, Device
from signed_policy import signed
from small_pack import small_pack
from tutelage_policy import artefact
from tutelage_policy.build import canonical, load_pack, seal
from tutelage_policy.errors import PackError
from tutelage_policy.proof import prove
from tutelage_wire import documents
from tutelage_wire.documents import Role


@cache
def pack():
    """The small pack, without the one example that its curriculum window would not let match."""
    rules = tuple(
        replace(rule, matches=tuple(one for one in rule.matches if "wanna" not in one))
        for rule in small_pack().rules
    )
    return seal(replace(small_pack(), rules=rules))


@pytest.fixture
def people():
    return Ceremony("ret")


@pytest.fixture
def collector():
    return Collector()


@pytest.fixture
def device(tmp_path, people):
    return Device(tmp_path / "device", people)


def entry(collector, given, **changes):
    """Put a pack's file where Fetch finds it; return the lines that name it."""
    data = gzip.compress(canonical(given))
    collector.files[documents.sha256(data)] = data
    row = {
        "name": given.name, "version": given.version, "sha256": seal(given).sha256,
        "artefact": documents.sha256(data).hex(), "least_rules": len(given.rules),
    }  # fmt: skip
    return {**row, **changes}


def newer(version="1.1.0", **changes):
    return seal(replace(pack(), version=version, **changes))


def in_force(device):
    held = device.in_force.held
    return None if held.pack is None else load_pack(held.pack).ref


def test_a_device_detects_with_the_pack_that_was_signed(device, people, collector):
    device.take(collector, signed(people, 1, pack=[entry(collector, pack())]))
    assert in_force(device) == pack().ref
    collector.files.clear()  # it lies on the shelf, proven
    assert in_force(device.begin()) == pack().ref


def test_threat_08_an_emptied_pack_is_refused_by_the_policys_floor(device, people, collector):
    good = entry(collector, pack())
    device.take(collector, signed(people, 1, pack=[good]))
    emptied = newer(rules=pack().rules[:1])
    row = entry(collector, emptied, least_rules=good["least_rules"])
    device.take(collector, signed(people, 2, pack=[row]))
    assert "an emptied pack" in device.refused()[0]
    assert (device.version, in_force(device)) == (1, pack().ref)


def test_threat_08_the_policy_key_alone_cannot_lower_the_roots_floor(tmp_path, people, collector):
    floor = {"small": len(pack().rules)}
    payload = documents.write_root(people.head(Role.ROOT, 1), people.roles(), floor)
    root = documents.sign(Role.ROOT, payload, {
        key.public_key().public_bytes_raw(): key.sign for key in people.root_keys[:2]
    })  # fmt: skip
    device = Device(tmp_path / "device", people, root)
    emptied = newer(rules=pack().rules[:1])
    device.take(collector, signed(people, 1, pack=[entry(collector, emptied, least_rules=1)]))
    assert "an emptied pack" in device.refused()[0]
    assert (device.version, in_force(device)) == (0, None)


@pytest.mark.parametrize("wrong", ["name", "version", "sha256"])
def test_threat_08_another_pack_than_the_named_one_is_refused(device, people, collector, wrong):
    changed = {"name": "other", "version": "9.9.9", "sha256": "ab" * 32}[wrong]
    row = entry(collector, pack(), **{wrong: changed})
    device.take(collector, signed(people, 1, pack=[row]))
    assert "the file is small@1.0.0" in device.refused()[0]
    assert device.version == 0


def test_threat_27_a_pack_whose_own_examples_fail_keeps_the_last_good_one(
    device, people, collector
):
    device.take(collector, signed(people, 1, pack=[entry(collector, pack())]))
    rules = pack().rules
    broken = newer(rules=(replace(rules[0], matches=("a sentence about custard",)), *rules[1:]))
    device.take(collector, signed(people, 2, pack=[entry(collector, broken)]))
    assert "do not do what they should" in device.refused()[0]
    assert "custard" not in device.refused()[0]
    assert (device.version, in_force(device)) == (1, pack().ref)


def test_threat_27_a_pack_that_takes_too_long_is_given_up(tmp_path):
    path = tmp_path / "small.pack.json"
    path.write_bytes(canonical(pack()))
    with pytest.raises(PackError, match="more than 0 s"):
        prove(path, NOW, seconds=0.001)


def test_threat_18_a_packs_file_that_swells_is_refused_within_bounds(device, people, collector):
    bomb = gzip.compress(b" " * (artefact.MOST_PACK_BYTES + 1))
    collector.files[documents.sha256(bomb)] = bomb
    row = entry(collector, pack(), artefact=documents.sha256(bomb).hex())
    device.take(collector, signed(people, 1, pack=[row]))
    assert "holds more than" in device.refused()[0]


def test_threat_18_bytes_that_are_no_pack_are_refused(device, people, collector):
    for number, data in enumerate(
        (b"not compressed", gzip.compress(b"[]"), gzip.compress(b"{")), 1
    ):
        collector.files[documents.sha256(data)] = data
        row = entry(collector, pack(), artefact=documents.sha256(data).hex())
        device.take(collector, signed(people, number, pack=[row]))
        assert len(device.refused()) == 1
    assert device.version == 0


def test_a_pack_that_cannot_be_had_now_is_asked_for_again(device, people, collector):
    row = entry(collector, pack())
    data = collector.files.pop(bytes.fromhex(row["artefact"]))
    policy = signed(people, 1, pack=[row])
    assert device.take(collector, policy).version == 0
    assert device.refused() == []
    collector.files[bytes.fromhex(row["artefact"])] = data
    assert device.take(collector, policy).version == 1


def test_a_new_pack_comes_when_its_stage_comes_and_the_installed_one_is_used_before(
    device, people, collector
):
    first = device.now.date() + timedelta(days=2)
    stages = [{"from": first.isoformat(), "percent": 100}]
    policy = signed(people, 1, pack=[
        entry(collector, pack()), entry(collector, newer(), stages=stages),
    ])  # fmt: skip
    assert in_force(device.take(collector, policy)) == pack().ref
    device.now += timedelta(days=2)
    assert in_force(device.take(collector, policy)) == newer().ref
    shelf = sorted(one.suffix for one in (device.folder / "packs").iterdir())
    assert shelf == [".json", ".json", ".proven", ".proven"]  # the last one too, to go back to
