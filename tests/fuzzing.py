"""Mutated inputs for every parser that meets bytes from outside; used by a test and a benchmark.

A target takes bytes and returns whether it *accepted* them, which a mutated input of something
signed must never be. It may raise only its declared error; anything else is a crash. The mutations
are those that parsers fall over: flips, cuts, splices, repeats, long lengths, interesting numbers.
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519

import evidence_changes
from ceremony import Ceremony
from small_pack import small_pack
from tutelage_collector import evidence, pki, projection, sealing, witness
from tutelage_collector.errors import CollectorError
from tutelage_collector.evidence import strict, verifier
from tutelage_collector.store.records import Append
from tutelage_policy.build import canonical, read_built
from tutelage_policy.errors import PackError
from tutelage_wire import batch, bundle, checkpoint, codec, documents, enrolment, keys, names, trust
from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
from tutelage_wire.errors import WireError
from tutelage_wire.events import Event, Heartbeat, IctFinding
from tutelage_wire.merkle_log import Frontier
from tutelage_wire.policy.reading import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 11, 28, tzinfo=UTC)
SLOWEST_SECONDS = 2.0
MOST_MEMORY_KIB = 512 * 1024
"""So much a run may add to the process: more is unbounded memory."""
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF)
_WORDS = (
    b"\xff\xff\xff\xff\x0f",
    b"\xff" * 9 + b"\x01",
    b"{" * 50,
    b"[" * 50,
    b"\x00" * 8,
    b"9" * 40,
)


@dataclass(frozen=True)
class Target:
    """One parser."""

    name: str
    samples: tuple[bytes, ...]
    accepts: Callable[[bytes], bool]
    """Whether an input passes as something that somebody signed and that it is not."""
    errors: tuple[type[Exception], ...]


@dataclass
class Found:
    """What a run found wrong."""

    inputs: int = 0
    crashes: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    grown_kib: int = 0

    @property
    def faults(self) -> list[str]:
        grown = [f"memory grew by {self.grown_kib} KiB"] if self.grown_kib > MOST_MEMORY_KIB else []
        return [*self.crashes, *self.accepted, *self.slow, *grown]


def mutated(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return ``data`` with one to four changes."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(out) + 1)
        match chance.randrange(8):
            case 0 if out:
                out[at % len(out)] ^= 1 << chance.randrange(8)
            case 1 if out:
                out[at % len(out)] = chance.choice(_NUMBERS)
            case 2:
                del out[at : at + chance.randint(1, 16)]
            case 3:
                out[at:at] = chance.choice(_WORDS)
            case 4:
                out[at:at] = other[chance.randrange(len(other) + 1) :][: chance.randint(1, 64)]
            case 5:
                del out[at:]
            case 6:
                out[at:at] = out[at : at + chance.randint(1, 32)] * chance.randint(1, 8)
            case _:
                out[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(out)


def run(target: Target, seconds: float, seed: int) -> Found:
    """Give a target mutated inputs for a time."""
    chance, found = random.Random(seed), Found()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(target.samples), chance.choice(target.samples), chance)
        if data in target.samples:
            continue
        found.inputs += 1
        began = time.monotonic()
        try:
            if target.accepts(data):
                found.accepted.append(f"{target.name}: accepted {data[:80].hex()}")
        except target.errors:
            pass
        except Exception as error:
            found.crashes.append(f"{target.name}: {error!r} for {data[:400].hex()}")
        if time.monotonic() - began > SLOWEST_SECONDS:
            found.slow.append(f"{target.name}: {time.monotonic() - began:.1f} s")
        if len(found.faults) > 20:
            break
    found.grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return found


def targets(folder: Path) -> list[Target]:
    """Return all targets; ``folder`` is scratch space."""
    return [
        *_wire(), _csr(), _certificate(), _bundle(), *_documents(), _pack(folder), _digest(),
        _sealed_json(), _evidence(folder),
    ]  # fmt: skip


def _events() -> list[bytes]:
    bodies = [
        Heartbeat("0.1.0", "linux", 60, "file", 0, 0, (), 1, "pupil", 0),
        IctFinding("numbered", "a detail"),
    ]
    return [
        codec.encode_event(Event(codec.new_event_id(), NOW, 1, "0" * 32, one)) for one in bodies
    ]


def _wire() -> list[Target]:
    signing = ed25519.Ed25519PrivateKey.generate()
    public = signing.public_key().public_bytes_raw()
    events = _events()
    device = keys.device_id_of(ec.generate_private_key(ec.SECP256R1()).public_key())
    header = codec.encode_header(
        BatchHeader(
            device, 1, TravelLane.BULK, 1, len(events), batch.NO_HEAD, batch.root_over(events),
            "ret", NOW,
        )
    )  # fmt: skip
    made = SignedBatch(header, tuple(events), signing.sign(batch.signed_bytes(header)))
    leaves = batch.leaves_of(made)

    def takes_batch(data: bytes) -> bool:
        found = codec.decode_batch(data)
        batch.check_bounds(found)
        keys.verify_ed25519(public, found.signature, batch.signed_bytes(found.header))
        read = codec.decode_header(found.header)
        return batch.verify_contents(found, read) != leaves

    def takes_event(data: bytes) -> bool:
        codec.decode_event(data)
        return False

    def takes_projection(data: bytes) -> bool:
        one = SignedBatch(header, (data, *events), b"")
        projection.project(Append(b"", one, codec.decode_header(header), bytes(32), "s", 1))
        return False

    body = codec.encode_checkpoint_body(
        checkpoint.CheckpointBody(device, 1, TravelLane.BULK, 3, bytes(32), NOW, "ret")
    )
    collector = ed25519.Ed25519PrivateKey.generate()
    raw = collector.public_key().public_bytes_raw()
    signature = collector.sign(checkpoint.signed_bytes(body))

    def takes_checkpoint(data: bytes) -> bool:
        codec.decode_checkpoint_body(data)
        one = checkpoint.Checkpoint(data, signature, keys.key_id(raw))
        checkpoint.verify(one, {keys.key_id(raw): raw})
        return True

    def takes_name(data: bytes) -> bool:
        names.parse_device_uri(data.decode("utf-8", "replace"))
        return False

    name = names.DeviceName("ret", "ret-high", device)
    return [
        Target("batch", (codec.encode_batch(made),), takes_batch, (WireError,)),
        Target("event", tuple(events), takes_event, (WireError,)),
        Target("projection", tuple(events), takes_projection, ()),
        Target("checkpoint", (body,), takes_checkpoint, (WireError,)),
        Target("device name", (str(name.uri).encode(),), takes_name, (WireError,)),
    ]


def _csr() -> Target:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject)
    data = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    mine = keys.spki(key.public_key())

    def takes(found: bytes) -> bool:
        # Another spelling of the same request for the same key gives nothing away.
        return keys.spki(pki.read_csr(found)) != mine

    return Target("certificate request", (data,), takes, (CollectorError, WireError))


def _certificate() -> Target:
    root = pki.make_root("ret", NOW)
    intermediate = pki.make_intermediate(root, "ret", NOW)
    key = ec.generate_private_key(ec.SECP256R1())
    device = keys.device_id_of(key.public_key())
    signing = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    issued = pki.issue_device(
        intermediate, key.public_key(), names.DeviceName("ret", "ret-high", device), NOW
    )
    row = {
        "device": device,
        "signing_key": signing.hex(),
        "signing_key_certificate": keys.sign_p256(
            key, enrolment.signing_key_statement(signing)
        ).hex(),
        "certificate_chain": issued.chain.decode(),
        "at": "2026",
    }
    leaf = x509.load_pem_x509_certificates(issued.chain)[0].public_bytes(serialization.Encoding.DER)

    def takes(data: bytes) -> bool:
        text = data.decode("utf-8", "replace")
        verifier._device_key(row | {"certificate_chain": text}, [intermediate.certificate], "ret")
        found = x509.load_pem_x509_certificates(text.encode())[0]
        return found.public_bytes(serialization.Encoding.DER) != leaf

    return Target("certificate chain", (issued.chain,), takes, (verifier.Fault, ValueError))


def _bundle() -> Target:
    made = bundle.Bundle(
        "ret", "ret-high", "localhost:1", "localhost:2",
        pki.pem(pki.make_root("ret", NOW).certificate).decode(), (bytes(32),),
        (bundle.Recipient("dsl", bytes(32)),), bytes(32), "token", bytes(32),
    )  # fmt: skip

    def takes(data: bytes) -> bool:
        bundle.loads(data.decode("utf-8", "replace"))
        return False

    return Target("bundle", (bundle.dumps(made).encode(),), takes, (WireError,))


def _documents() -> list[Target]:
    people = Ceremony()
    root, policy = people.root(), people.policy(1, hours="08:00-17:00")
    trusted = trust.first_root(root, "ret")
    honest = trust.accept(trusted, policy)

    def takes(data: bytes) -> bool:
        found = trust.accept(trusted, documents.decode(data))
        return found.held != honest.held and found.held != trusted.held

    def takes_root(data: bytes) -> bool:
        found = trust.first_root(documents.decode(data), "ret", None)
        return found.root.head.version != 1

    def takes_policy(data: bytes) -> bool:
        signed = documents.SignedDocument(documents.Role.POLICY, data, ())
        read_policy(documents.read_document(signed))
        return False

    return [
        Target("signed document", (documents.encode(policy),), takes, (WireError,)),
        Target("root", (documents.encode(root),), takes_root, (WireError,)),
        Target("policy", (policy.payload,), takes_policy, (WireError,)),
    ]


def _pack(folder: Path) -> Target:
    data, path = canonical(small_pack()), folder / "fuzzed.pack.json"

    def takes(found: bytes) -> bool:
        path.write_bytes(found)
        read_built(path)
        return False

    return Target("pack", (data, gzip.compress(data)), takes, (PackError,))


def _digest() -> Target:
    key = ed25519.Ed25519PrivateKey.generate()
    text = witness.make([], None, Frontier().root(), "ret", key, NOW)
    public = key.public_key().public_bytes_raw()
    said = witness.read(text, [public])

    def takes(data: bytes) -> bool:
        return witness.read(data.decode("utf-8", "replace"), [public]) != said

    return Target("digest", (text.encode(),), takes, (CollectorError,))


def _sealed_json() -> Target:
    private = x25519.X25519PrivateKey.generate()
    reader = sealing.Reader("dsl", private.public_key().public_bytes_raw())
    binding = sealing.RecordBinding("ret", "concern/1", "2")
    text = sealing.seal("an invented sentence", [reader], binding)

    def takes(data: bytes) -> bool:
        found = data.decode("utf-8", "replace")
        return sealing.open_text(found, private, binding) != "an invented sentence"

    return Target("sealed words", (text.encode(),), takes, (CollectorError, WireError))


def _evidence(folder: Path) -> Target:
    """Anything in an evidence folder, unsigned on the outside: the parsers behind the hashes."""
    root = pki.make_root("ret", NOW)
    intermediate = pki.make_intermediate(root, "ret", NOW)
    signer = ed25519.Ed25519PrivateKey.generate()
    own = {
        use: {
            "key": signer.public_key().public_bytes_raw().hex(),
            "certificate": pki.pem(
                pki.certify_own_key(intermediate, signer.public_key(), "ret", use, NOW)
            ).decode(),
        }
        for use in ("checkpoint", "audit")
    }
    made: dict[str, Any] = {
        "trust": "ret", "made": "2026", "keys": [], "chains": [
            {"device": "0" * 32, "epoch": 1, "lane": 1, "batches": [], "gaps": [],
             "checkpoint": "00", "checkpoint_signature": "00" * 64}
        ], "events": [], "audit": [], "rules": [], "concerns": [], "decisions": [],
        "root": pki.pem(root.certificate).decode(),
        "intermediates": [pki.pem(intermediate.certificate).decode()],
        "collector_keys": own,
    }  # fmt: skip
    where = folder / "evidence"

    def takes(data: bytes) -> bool:
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        for name in (verifier.PROGRAM, verifier.PAGE):
            (where / name).write_bytes(b"x")
        evidence_changes.resign(where, data, signer)
        evidence.verify(where)
        return True

    # Spelled anew, so that a change gets past the one spelling and meets the checks behind it.
    return Target(
        "evidence", (strict.spelled(made),), lambda data: takes(_spelled_anew(data)),
        (verifier.Fault,),
    )  # fmt: skip


def _spelled_anew(data: bytes) -> bytes:
    try:
        return strict.spelled(json.loads(data))
    except (ValueError, RecursionError):
        return data
