"""Fuzz targets of files that people carry: proofs, what devices kept, lists, rotas, offers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from example_rota import ROTA
from fuzzing import NOW, Target
from tutelage_collector import log_proof, log_witness, witness
from tutelage_collector.coverage import inventory
from tutelage_collector.errors import CollectorError
from tutelage_collector.mis import rows
from tutelage_collector.recipients import holder
from tutelage_collector.rota import document
from tutelage_collector.store.records_recipients import RecipientKind
from tutelage_wire import checkpoint, codec, keys
from tutelage_wire.batch import TravelLane
from tutelage_wire.checkpoint import CheckpointBody
from tutelage_wire.errors import WireError
from tutelage_wire.events import DeviceId
from tutelage_wire.merkle_log import Frontier, LogRoot, decode_frontier, only_grew, roots_at

if TYPE_CHECKING:
    from pathlib import Path

_HEADS = [bytes([number]) * 32 for number in range(21)]


def targets(folder: Path) -> list[Target]:
    """Return all of them; ``folder`` is scratch space."""
    return [_edge(), _proof(), _kept(), _people(), _inventory(folder), _rota(), _offer(folder)]


def _edge() -> Target:
    edge = Frontier()
    for head in _HEADS:
        edge.append(head)

    def takes(data: bytes) -> bool:
        decode_frontier(data).root()
        return False

    return Target("edge of the log", (edge.encode(),), takes, (WireError,))


def _proof() -> Target:
    """A changed proof must not show that another log, or a shorter one, only grew."""
    key = ed25519.Ed25519PrivateKey.generate()
    _, roots = roots_at(_HEADS, {21, 9})
    text = log_proof.make(
        witness.make([], None, LogRoot(21, roots[21]), "ret", key, NOW), 21, _HEADS, {9}
    )
    other = LogRoot(9, bytes(32))

    def takes(data: bytes) -> bool:
        _, faults = log_proof.check(
            data.decode("utf-8", "replace"), lambda _: [log_witness.Shown("x", other)]
        )
        return not faults

    assert not only_grew(other, LogRoot(21, roots[21]), [])
    return Target("proof of the log", (text.encode(),), takes, (CollectorError,))


def _kept() -> Target:
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    body = codec.encode_checkpoint_body(
        CheckpointBody(
            DeviceId("0" * 32), 1, TravelLane.BULK, 2, bytes(32), NOW, "ret", b"r" * 32, 5
        )
    )
    row = {
        "body": body.hex(),
        "signature": key.sign(checkpoint.signed_bytes(body)).hex(),
        "key_id": keys.key_id(public).hex(),
    }
    text = json.dumps([row])
    good = log_witness.of_checkpoints("x", [row], [public])

    def takes(data: bytes) -> bool:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            return False
        if not isinstance(found, list):
            return False
        return bool(set(log_witness.of_checkpoints("x", found, [public])) - set(good))

    return Target("what a device kept", (text.encode(),), takes, (CollectorError,))


def _people() -> Target:
    text = "Forename,Surname,UPN,Year\nAnna,Invented,A1,7\nBo,Invented,B2,11\n"

    def takes(data: bytes) -> bool:
        rows.read(data.decode("utf-8", "replace"), None)
        return False

    return Target("list of people", (text.encode(),), takes, (CollectorError,))


def _inventory(folder: Path) -> Target:
    path = folder / "inventory.csv"

    def takes(data: bytes) -> bool:
        path.write_bytes(data)
        inventory.read_inventory(path, "ret-high")
        return False

    text = b"Serial number,Asset tag,Location\nABC123,L-1,Room 12\n,L-2,Library\n"
    return Target("list of devices", (text,), takes, (CollectorError,))


def _rota() -> Target:
    def takes(data: bytes) -> bool:
        document.loads(data.decode("utf-8", "replace"), "ret-high")
        return False

    return Target("rota", (ROTA.encode(),), takes, (CollectorError,))


def _offer(folder: Path) -> Target:
    path = folder / "offer.json"
    text = holder.dumps_offer(holder.draw("deputy-1", RecipientKind.DEPUTY).own.offer)

    def takes(data: bytes) -> bool:
        path.write_bytes(data)
        holder.read_offer(path)
        return False

    return Target("offer of a key", (text.encode(),), takes, (CollectorError,))
