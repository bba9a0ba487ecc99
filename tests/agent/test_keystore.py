"""Secrets on disk: nobody else reads them, a copy opens nowhere else, a damaged one says so."""

from __future__ import annotations

import pytest

from tutelage_agent import identity
from tutelage_agent.errors import KeyLostError
from tutelage_agent.keystore.sealed_file import SealedFileKeyStore

MACHINE = b"this machine"


@pytest.fixture
def store(tmp_path):
    return SealedFileKeyStore(tmp_path / "keys", MACHINE)


def test_a_secret_comes_back(store, tmp_path):
    store.store("one", b"secret")
    assert store.load("one") == b"secret"
    assert SealedFileKeyStore(tmp_path / "keys", MACHINE).load("one") == b"secret"


def test_a_secret_that_was_never_stored_is_none(store):
    assert store.load("one") is None


def test_no_file_holds_the_secret_and_all_are_private(store, tmp_path):
    store.store("one", b"a secret of some length")
    for path in (tmp_path / "keys").iterdir():
        assert b"a secret" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_threat_05_the_folder_copied_to_another_machine_does_not_open(store, tmp_path):
    store.store("one", b"secret")
    with pytest.raises(KeyLostError, match="enrol again"):
        SealedFileKeyStore(tmp_path / "keys", b"another machine").load("one")


def test_one_secret_does_not_pass_for_another(store, tmp_path):
    store.store("one", b"secret")
    (tmp_path / "keys" / "one.sealed").rename(tmp_path / "keys" / "two.sealed")
    with pytest.raises(KeyLostError):
        store.load("two")


@pytest.mark.parametrize("damage", [b"", b"x", bytes(100)])
def test_a_damaged_secret_says_so(store, tmp_path, damage):
    store.store("one", b"secret")
    (tmp_path / "keys" / "one.sealed").write_bytes(damage)
    with pytest.raises(KeyLostError):
        store.load("one")


def test_the_devices_keys_come_back_as_they_were(store):
    drawn = identity.new_keys()
    identity.save_keys(store, drawn)
    back = identity.load_keys(store)
    assert back.device_id == drawn.device_id
    assert back.signing_public == drawn.signing_public


def test_threat_28_half_a_pair_of_keys_is_a_lost_key(store):
    identity.save_keys(store, identity.new_keys())
    store.delete(identity.SIGNING_KEY)
    with pytest.raises(KeyLostError, match="enrol again"):
        identity.load_keys(store)


def test_threat_10_the_join_token_is_not_kept_with_the_membership(tmp_path):
    from tutelage_wire.bundle import Bundle
    from tutelage_wire.events import AgeBand, DeviceId

    member = identity.Membership(
        device_id=DeviceId("ab" * 16),
        certificate_chain="PEM",
        bundle=Bundle(
            "ret", "north", "a:1", "a:2", "PEM", (b"k" * 32,), (), b"s" * 32, "t1", b"T" * 32
        ),
        group="",
        profile="staff",
        age_band=AgeBand.ADULT,
        device_class="assigned",
        first_epoch=1,
    )
    identity.save_membership(tmp_path, member)
    back = identity.load_membership(tmp_path)
    assert back.bundle.token_secret == b""
    assert back.bundle.subject_key == b"s" * 32
    assert (back.device_id, back.profile) == (member.device_id, "staff")
    (tmp_path / identity.MEMBERSHIP_FILE).write_text("{}")
    with pytest.raises(KeyLostError):
        identity.load_membership(tmp_path)
