"""One test per attack on a batch: the name is the attack."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from tutelage_wire import batch, checkpoint, codec, keys, merkle
from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
from tutelage_wire.errors import DecodeError, SignatureError
from tutelage_wire.events import DeviceId
from tutelage_wire.times import EPOCH

DEVICE = DeviceId("ab" * 16)


@pytest.fixture(scope="module")
def device_key():
    return ed25519.Ed25519PrivateKey.generate()


def sign(key, events, **changes):
    header = BatchHeader(
        device_id=DEVICE,
        epoch=1,
        lane=TravelLane.URGENT,
        first_sequence=1,
        count=len(events),
        previous_head=batch.NO_HEAD,
        merkle_root=batch.root_over(events),
        trust_id="ret",
        closed_at=EPOCH,
    )
    encoded = codec.encode_header(dataclasses.replace(header, **changes))
    return SignedBatch(encoded, tuple(events), key.sign(batch.signed_bytes(encoded)))


def verify(one, public_key):
    batch.check_bounds(one)
    keys.verify_ed25519(
        public_key.public_bytes_raw(), one.signature, batch.signed_bytes(one.header)
    )
    return batch.verify_contents(one, codec.decode_header(one.header))


def test_an_honest_batch_is_accepted(device_key):
    events = [b"one", b"two", b"three"]
    leaves = verify(sign(device_key, events), device_key.public_key())
    assert leaves == [merkle.leaf_hash(event) for event in events]


def test_another_device_cannot_sign(device_key):
    forged = sign(ed25519.Ed25519PrivateKey.generate(), [b"one"])
    with pytest.raises(SignatureError):
        verify(forged, device_key.public_key())


def test_a_changed_byte_in_an_event_is_noticed(device_key):
    honest = sign(device_key, [b"one", b"two"])
    with pytest.raises(SignatureError, match="changed"):
        verify(dataclasses.replace(honest, events=(b"one", b"twO")), device_key.public_key())


def test_a_dropped_event_is_noticed(device_key):
    honest = sign(device_key, [b"one", b"two"])
    with pytest.raises(SignatureError, match="2 events"):
        verify(dataclasses.replace(honest, events=(b"one",)), device_key.public_key())


def test_exchanged_events_are_noticed(device_key):
    honest = sign(device_key, [b"one", b"two"])
    with pytest.raises(SignatureError):
        verify(dataclasses.replace(honest, events=(b"two", b"one")), device_key.public_key())


def test_a_changed_header_is_noticed(device_key):
    honest = sign(device_key, [b"one"])
    header = dataclasses.replace(codec.decode_header(honest.header), first_sequence=7)
    moved = dataclasses.replace(honest, header=codec.encode_header(header))
    with pytest.raises(SignatureError):
        verify(moved, device_key.public_key())


def test_a_signature_of_a_checkpoint_does_not_fit_a_batch(device_key):
    honest = sign(device_key, [b"one"])
    other_purpose = device_key.sign(checkpoint.signed_bytes(honest.header))
    with pytest.raises(SignatureError):
        verify(dataclasses.replace(honest, signature=other_purpose), device_key.public_key())


@pytest.mark.parametrize(
    ("events", "named"),
    [
        ([], "0 events"),
        ([b"x"] * 1001, "1001 events"),
        ([b"x" * (batch.MAX_EVENT_BYTES + 1)], "an event of"),
        ([b"x" * batch.MAX_EVENT_BYTES] * 17, "bytes of events"),
    ],
)
def test_a_batch_over_the_bounds_is_refused_before_it_is_parsed(events, named):
    with pytest.raises(DecodeError, match=named):
        batch.check_bounds(SignedBatch(b"", tuple(events), b""))


def test_a_body_that_was_given_up_keeps_the_batch_verifiable(device_key):
    honest = sign(device_key, [b"one", b"two", b"three"])
    events = (b"one", merkle.leaf_hash(b"two"), b"three")
    verify(dataclasses.replace(honest, events=events, evicted=(1,)), device_key.public_key())


def test_a_lie_about_a_given_up_body_is_noticed(device_key):
    honest = sign(device_key, [b"one", b"two"])
    events = (b"one", merkle.leaf_hash(b"other"))
    with pytest.raises(SignatureError):
        verify(dataclasses.replace(honest, events=events, evicted=(1,)), device_key.public_key())


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=70), st.data())
def test_one_event_is_proven_without_the_others(events, data):
    leaves = [merkle.leaf_hash(event) for event in events]
    index = data.draw(st.integers(0, len(events) - 1))
    proof = merkle.inclusion_proof(leaves, index)
    root = merkle.root_of(leaves)
    assert merkle.root_from_proof(leaves[index], index, len(leaves), proof) == root
    assert merkle.root_from_proof(bytes(32), index, len(leaves), proof) != root
    assert merkle.root_from_proof(leaves[index], index, len(leaves), (*proof, bytes(32))) is None


def test_the_tree_is_the_one_of_rfc_6962():
    # Test vectors of the certificate-transparency reference: leaves of these bytes.
    inputs = ["", "00", "10", "2021", "3031", "40414243"]
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in inputs]
    known = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    }
    for size, expected in known.items():
        assert merkle.root_of(leaves[:size]).hex() == expected
