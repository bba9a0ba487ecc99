"""Who may tell an agent what to obey: one test per attack, the name is the attack."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from ceremony import LATER, Ceremony, public
from tutelage_wire import documents, trust
from tutelage_wire.documents import Role, RoleKeys
from tutelage_wire.errors import WireError
from tutelage_wire.trust import TrustError


@pytest.fixture
def people():
    return Ceremony()


@pytest.fixture
def trusted(people):
    return trust.first_root(people.root(), "ret")


def test_an_honest_policy_is_accepted_and_again_changes_nothing(people, trusted):
    policy = people.policy(1, hours="08:00-17:00")
    once = trust.accept(trusted, policy)
    assert once.held[Role.POLICY].body["hours"] == "08:00-17:00"
    assert trust.accept(once, policy) == once


def test_a_rogue_collector_cannot_sign_a_policy(people, trusted):
    with pytest.raises(TrustError, match="signed by 0"):
        trust.accept(trusted, people.policy(1, key=people.collector_key))


def test_a_policy_never_goes_back(people, trusted):
    held = trust.accept(trusted, people.policy(5))
    with pytest.raises(TrustError, match="rollback"):
        trust.accept(held, people.policy(4))


def test_a_restored_state_folder_does_not_bring_an_old_policy_back(people, trusted):
    restored = dataclasses.replace(trusted, floor={Role.POLICY: 5})
    with pytest.raises(TrustError, match="rollback"):
        trust.accept(restored, people.policy(4))


def test_two_policies_of_one_version_are_an_equivocation(people, trusted):
    held = trust.accept(trusted, people.policy(1, hours="a"))
    with pytest.raises(TrustError, match="equivocation"):
        trust.accept(held, people.policy(1, hours="b"))


def test_another_trusts_policy_is_refused(people, trusted):
    other = Ceremony("other")
    other.policy_key = people.policy_key
    with pytest.raises(TrustError, match="'other'"):
        trust.accept(trusted, other.policy(1))


def test_exchanged_bytes_are_refused(people, trusted):
    honest = people.policy(1, hours="a")
    forged = dataclasses.replace(honest, payload=honest.payload.replace(b'"a"', b'"b"'))
    with pytest.raises(TrustError):
        trust.accept(trusted, forged)


def test_a_policy_signature_does_not_fit_the_recipients(people, trusted):
    honest = people.policy(1)
    moved = dataclasses.replace(honest, role=Role.RECIPIENTS)
    with pytest.raises(TrustError):
        trust.accept(trusted, moved)


def test_one_person_alone_cannot_add_a_recipient(people, trusted):
    with pytest.raises(TrustError, match="2 must"):
        trust.accept(trusted, people.recipients(1, people.recipient_keys[:1]))


def test_one_person_signing_twice_is_still_one(people, trusted):
    once = people.recipients(1, people.recipient_keys[:1])
    twice = dataclasses.replace(once, signatures=once.signatures * 2)
    with pytest.raises(TrustError, match="signed by 1"):
        trust.accept(trusted, twice)


def test_an_attackers_root_is_refused(people, trusted):
    attacker = Ceremony()
    with pytest.raises(TrustError):
        trust.accept(trusted, attacker.root(2))


def test_a_skipped_root_is_refused(people, trusted):
    with pytest.raises(TrustError, match="version 3 after version 1"):
        trust.accept(trusted, people.root(3))


def test_a_new_root_must_be_signed_by_the_old_and_the_new_keys(people, trusted):
    old = people.root_keys[:2]
    people.root_keys = [ed25519.Ed25519PrivateKey.generate() for _ in range(3)]
    with pytest.raises(TrustError):
        trust.accept(trusted, people.root(2))
    with pytest.raises(TrustError):
        trust.accept(trusted, people.root(2, signers=old))
    assert (
        trust.accept(trusted, people.root(2, signers=old + people.root_keys[:2])).version(Role.ROOT)
        == 2
    )


def test_after_a_rotation_the_old_policy_key_counts_no_more_and_versions_still_hold(
    people, trusted
):
    held = trust.accept(trusted, people.policy(7))
    old_key, people.policy_key = people.policy_key, ed25519.Ed25519PrivateKey.generate()
    rotated = trust.accept(held, people.root(2))
    with pytest.raises(TrustError, match="signed by 0"):
        trust.accept(rotated, people.policy(8, key=old_key))
    with pytest.raises(TrustError, match="rollback"):
        trust.accept(rotated, people.policy(6))
    assert trust.accept(rotated, people.policy(7)).version(Role.POLICY) == 7


def test_what_has_expired_is_said_and_still_counts(people, trusted):
    held = trust.accept(trusted, people.policy(5))
    much_later = LATER + timedelta(days=1)
    assert Role.POLICY in held.stale(much_later)
    with pytest.raises(TrustError, match="rollback"):
        trust.accept(held, people.policy(4))


def test_a_root_that_could_never_be_replaced_is_refused(people, trusted):
    roles = people.roles()
    roles[Role.ROOT] = RoleKeys((public(people.root_keys[0]),), 2)
    with pytest.raises(WireError, match="cannot reach"):
        trust.accept(trusted, people.root(2, roles=roles))


def test_a_document_survives_the_journey(people):
    one = people.recipients(3)
    assert documents.decode(documents.encode(one)) == one


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_or_read_but_never_crash(data):
    try:
        one = documents.decode(data)
        documents.read_root(one)
    except WireError:
        return
    raise AssertionError("arbitrary bytes passed for a root")


@given(st.binary(max_size=300))
def test_an_arbitrary_payload_never_crashes(payload):
    one = documents.SignedDocument(Role.POLICY, payload, ())
    try:
        documents.read_document(one)
    except WireError:
        return
