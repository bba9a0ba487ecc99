"""Known keys give known bytes: what any other implementation must reproduce.

``python tests/wire/test_vectors.py`` writes the file anew; a changed vector is a changed format,
and needs a new version of the package it is in.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from tutelage_wire import (
    batch,
    checkpoint,
    codec,
    documents,
    enrolment,
    keys,
    merkle,
    sealed,
    times,
)
from tutelage_wire.batch import BatchHeader, TravelLane
from tutelage_wire.checkpoint import CheckpointBody
from tutelage_wire.documents import Role
from tutelage_wire.events import (
    DeviceId,
    Event,
    EventId,
    IntegrityFinding,
    IntegrityKind,
)
from tutelage_wire.policy import PackEntry

PATH = Path(__file__).resolve().parents[2] / "protos" / "tutelage_wire" / "vectors" / "v1.json"
SEED = bytes(range(32))
DEVICE = DeviceId("000102030405060708090a0b0c0d0e0f")


def made() -> dict[str, object]:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(SEED)
    public = key.public_key().public_bytes_raw()
    events = [
        codec.encode_event(
            Event(
                id=EventId(f"{number:032x}"),
                device_time=times.from_ms(1_764_072_000_000 + number),
                monotonic_ms=number,
                boot_id="0f" * 16,
                body=IntegrityFinding(IntegrityKind.AGENT_STARTED, f"vector {number}", number),
            )
        )
        for number in (1, 2, 3)
    ]
    leaves = [merkle.leaf_hash(event) for event in events]
    header = codec.encode_header(
        BatchHeader(
            device_id=DEVICE,
            epoch=1,
            lane=TravelLane.URGENT,
            first_sequence=1,
            count=3,
            previous_head=batch.NO_HEAD,
            merkle_root=merkle.root_of(leaves),
            trust_id="ret",
            closed_at=times.from_ms(1_764_072_000_100),
        )
    )
    body = codec.encode_checkpoint_body(
        CheckpointBody(
            device_id=DEVICE,
            epoch=1,
            lane=TravelLane.URGENT,
            next_sequence=4,
            head=batch.head_of(header),
            time=times.from_ms(1_764_072_000_200),
            trust_id="ret",
        )
    )
    return {
        "ed25519_seed": SEED.hex(),
        "ed25519_public": public.hex(),
        "key_id": keys.key_id(public).hex(),
        "events": [event.hex() for event in events],
        "leaves": [leaf.hex() for leaf in leaves],
        "merkle_root": merkle.root_of(leaves).hex(),
        "proof_of_second": [node.hex() for node in merkle.inclusion_proof(leaves, 1)],
        "header": header.hex(),
        "batch_signature": key.sign(batch.signed_bytes(header)).hex(),
        "head": batch.head_of(header).hex(),
        "checkpoint_body": body.hex(),
        "checkpoint_signature": key.sign(checkpoint.signed_bytes(body)).hex(),
        "document": _document(key).hex(),
        "stage_turn": PackEntry("kcsie", "1.4.0", "ab" * 32, "cd" * 32, 1).turn_of(DEVICE),
        "token_mac": enrolment.token_mac(SEED, bytes(32), b"csr", public).hex(),
    }


def _document(key: ed25519.Ed25519PrivateKey) -> bytes:
    """Return a signed document as it travels; its payload is whatever bytes were signed."""
    head = documents.Head(Role.POLICY, "ret", 7, times.from_ms(1_764_072_000_000))
    payload = documents.write_payload(head, {"title": "An invented policy"})
    public = key.public_key().public_bytes_raw()
    return documents.encode(documents.sign(Role.POLICY, payload, {public: key.sign}))


def test_known_keys_give_known_bytes():
    known = json.loads(PATH.read_text())
    assert made() == {name: value for name, value in known.items() if name != "sealed"}


def test_a_known_sealed_excerpt_opens():
    """Sealing draws random keys; opening what was sealed once must work for ever."""
    known = json.loads(PATH.read_text())["sealed"]
    closed = sealed.Sealed(
        known["suite"],
        bytes.fromhex(known["ciphertext"]),
        tuple(
            sealed.Wrap(bytes.fromhex(one["key_id"]), bytes.fromhex(one["wrapped_key"]))
            for one in known["wraps"]
        ),
    )
    private = x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(known["x25519_private"]))
    context = sealed.SealContext("ret", DEVICE, EventId("ff" * 16))
    assert sealed.open_sealed(closed, private, context).excerpt == known["excerpt"]


def _sealed() -> dict[str, object]:
    private = x25519.X25519PrivateKey.from_private_bytes(SEED)
    context = sealed.SealContext("ret", DEVICE, EventId("ff" * 16))
    content = sealed.Content("an invented excerpt", "p.pupil", "essay.txt")
    closed = sealed.seal(content, [private.public_key().public_bytes_raw()], context)
    return {
        "x25519_private": SEED.hex(),
        "context": context.encoded().hex(),
        "suite": closed.suite,
        "ciphertext": closed.ciphertext.hex(),
        "wraps": [
            {"key_id": one.key_id.hex(), "wrapped_key": one.wrapped_key.hex()}
            for one in closed.wraps
        ],
        "excerpt": content.excerpt,
    }


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps(made() | {"sealed": _sealed()}, indent=1) + "\n")
    sys.stdout.write(f"{PATH}\n")
