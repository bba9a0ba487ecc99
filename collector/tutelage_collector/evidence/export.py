"""Writes an evidence folder: chosen events with their proofs, and not one byte of other events.

Of the rest of a device's chain only headers travel: hashes, numbers, times.
"""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import asdict
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_collector import excerpts, pki
from tutelage_collector.errors import NotFoundError, StateError
from tutelage_collector.evidence import verifier
from tutelage_collector.writer import CheckpointSigner
from tutelage_wire import batch, codec, keys, merkle, sealed, times
from tutelage_wire.errors import SignatureError
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.state import Secrets
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert, EnrolmentProof
    from tutelage_wire.batch import TravelLane
    from tutelage_wire.events import DeviceId, EventId

    _Place = tuple[DeviceId, int, TravelLane]

_AUDIT_ROWS = 100_000


def export(
    store: Store,
    held: Secrets,
    trust: str,
    event_ids: Sequence[EventId],
    folder: Path,
    now: datetime,
    key: x25519.X25519PrivateKey | None = None,
) -> None:
    """Write the folder.

    Args:
        store: with the events.
        held: the checkpoint key, which signs the list of files, and the authority.
        trust: short name.
        event_ids: of alerts.
        folder: is made; must not exist yet.
        now: the present moment.
        key: the DSL's; given, the words of these events are disclosed, provably.

    Raises:
        NotFoundError: there is no such alert, or no proof of who signed it.
        StateError: the folder exists or cannot be written.
        SealError: the words were not sealed to this key.
    """
    alerts = [_alert(store, event_id) for event_id in event_ids]
    places = dict.fromkeys((one.device_id, one.epoch, one.lane) for one in alerts)
    proofs = [
        proof for device in {place[0]: 0 for place in places} for proof in store.proofs(device)
    ]
    signer = CheckpointSigner(held.checkpoint_key, trust, lambda: now)
    chains: list[dict[str, Any]] = []
    holding: dict[EventId, tuple[batch.SignedBatch, int]] = {}
    for place in places:
        chain, found = _chain(store, signer, place, proofs, alerts)
        chains.append(chain)
        holding |= found
    evidence = {
        "trust": trust,
        "made": times.text(now),
        "root": held.root_certificate.decode("ascii"),
        "intermediate": pki.pem(held.intermediate.certificate).decode("ascii"),
        "checkpoint_key": _checkpoint_key(held).hex(),
        "keys": [_key_row(proof) for proof in proofs],
        "chains": chains,
        "events": [_event_row(store, one, holding[one.event_id], trust, key) for one in alerts],
        "audit": _audit(store, alerts),
    }
    files = {f"events/{one.event_id}.bin": one.event for one in alerts}
    files["evidence.json"] = json.dumps(evidence, indent=1, ensure_ascii=False).encode()
    files["verify.py"] = _verifier()
    files["read-me-first.html"] = _page(evidence, alerts).encode()
    manifest = json.dumps(
        {
            "version": verifier.VERSION,
            "checkpoint_key": evidence["checkpoint_key"],
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        },
        indent=1,
    ).encode()
    signature = held.checkpoint_key.sign(keys.domain("tutelage/evidence/v1", manifest))
    files[verifier.MANIFEST] = manifest
    files[verifier.SIGNATURE] = signature.hex().encode()
    _write(folder, files)


def _alert(store: Store, event_id: EventId) -> Alert:
    found = store.alert(event_id)
    if found is None:
        raise NotFoundError(f"event {event_id}: no alert of this id; see: alert list --json")
    return found


def _chain(
    store: Store,
    signer: CheckpointSigner,
    place: _Place,
    proofs: Sequence[EnrolmentProof],
    alerts: Sequence[Alert],
) -> tuple[dict[str, Any], dict[EventId, tuple[batch.SignedBatch, int]]]:
    """Return a chain's headers, and in which batch and position each chosen event is."""
    device, epoch, lane = place
    wanted = {
        one.sequence: one.event_id
        for one in alerts
        if (one.device_id, one.epoch, one.lane) == place
    }
    rows, gaps = [], []
    holding: dict[EventId, tuple[batch.SignedBatch, int]] = {}
    head, following = batch.NO_HEAD, batch.FIRST_SEQUENCE
    stored = [one for one in store.batches(device) if (one.epoch, one.lane) == (epoch, lane)]
    for one in sorted(stored, key=lambda row: row.first_sequence):
        shallow = codec.decode_batch(one.raw)
        header = codec.decode_header(shallow.header)
        if header.first_sequence != following or header.previous_head != head:
            gaps.append(header.first_sequence)
        head, following = batch.head_of(shallow.header), header.next_sequence
        rows.append(
            {
                "header": shallow.header.hex(),
                "signature": shallow.signature.hex(),
                "signing_key": _signed_by(shallow, device, proofs).hex(),
            }
        )
        for sequence in range(header.first_sequence, header.next_sequence):
            if sequence in wanted:
                holding[wanted[sequence]] = (shallow, sequence - header.first_sequence)
    checkpoint = signer.sign(device, epoch, lane, store.head(device, epoch, lane))
    chain = {
        "device": device,
        "epoch": epoch,
        "lane": lane.value,
        "batches": rows,
        "gaps": gaps,
        "checkpoint": checkpoint.body.hex(),
        "checkpoint_signature": checkpoint.signature.hex(),
    }
    return chain, holding


def _signed_by(
    found: batch.SignedBatch, device: DeviceId, proofs: Sequence[EnrolmentProof]
) -> bytes:
    for proof in proofs:
        if proof.device_id == device:
            try:
                keys.verify_ed25519(
                    proof.signing_key, found.signature, batch.signed_bytes(found.header)
                )
            except SignatureError:
                continue
            return proof.signing_key
    raise NotFoundError(
        f"device {device}: no enrolment on record proves who signed one of its batches; it was "
        "enrolled before proofs were kept, or the store was changed (store check)"
    )


def _event_row(
    store: Store,
    alert: Alert,
    place: tuple[batch.SignedBatch, int],
    trust: str,
    key: x25519.X25519PrivateKey | None,
) -> dict[str, Any]:
    holder, index = place
    row: dict[str, Any] = {
        "id": alert.event_id,
        "device": alert.device_id,
        "file": f"events/{alert.event_id}.bin",
        "header": holder.header.hex(),
        "index": index,
        "proof": [one.hex() for one in merkle.inclusion_proof(batch.leaves_of(holder), index)],
        "risk_area": alert.risk_area.value,
        "subcategory": alert.subcategory,
        "grade": alert.grade,
        "channel": alert.channel,
        "rule": alert.rule_id,
        "pack": alert.pack,
        "occurred": times.text(alert.occurred_at),
        "received": times.text(alert.received_at),
    }
    if key is not None:
        row |= _disclosed(store, alert, trust, key)
    return row


def _disclosed(
    store: Store, alert: Alert, trust: str, key: x25519.X25519PrivateKey
) -> dict[str, Any]:
    """Return the content key of this one event, and the words that it opens."""
    found = excerpts.find(alert, trust, store)
    if found is None:
        return {}
    context = found.bound(key)
    content = asdict(sealed.open_sealed(found.sealed, key, context))
    content["spans"] = [list(span) for span in content["spans"]]
    return {
        "content_key": sealed.unwrap_key(found.sealed, key, context).hex(),
        "content": content,
        "sealed_by": context.device_id if isinstance(context, SealContext) else alert.device_id,
    }


def _key_row(proof: EnrolmentProof) -> dict[str, str]:
    return {
        "device": proof.device_id,
        "signing_key": proof.signing_key.hex(),
        "signing_key_certificate": proof.signing_key_certificate.hex(),
        "certificate_chain": proof.certificate_chain.decode("ascii"),
        "at": times.text(proof.at),
    }


def _audit(store: Store, alerts: Sequence[Alert]) -> list[dict[str, str]]:
    subjects = {f"alert {one.event_id}" for one in alerts}
    subjects |= {f"device {one.device_id}" for one in alerts}
    return [
        {
            "number": str(row.number), "at": times.text(row.at), "actor": row.actor,
            "action": row.action, "subject": row.subject, "detail": row.detail,
        }
        for row in reversed(store.audit_rows(_AUDIT_ROWS))
        if row.subject in subjects
    ]  # fmt: skip


def _checkpoint_key(held: Secrets) -> bytes:
    return held.checkpoint_key.public_key().public_bytes_raw()


def _verifier() -> bytes:
    return (resources.files("tutelage_collector.evidence") / "verifier.py").read_bytes()


def _page(evidence: dict[str, Any], alerts: Sequence[Alert]) -> str:
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{html.escape(str(value))}</td>"
            for value in (
                times.text(one.occurred_at), one.subcategory, f"{one.grade} of 5", one.channel,
                one.device_id, one.rule_id, one.event_id,
            )
        )
        + "</tr>"
        for one in alerts
    )  # fmt: skip
    template = resources.files("tutelage_collector.evidence") / "page.html"
    return (
        template.read_text(encoding="utf-8")
        .replace("@ROWS@", rows)
        .replace("@TRUST@", html.escape(evidence["trust"]))
        .replace("@MADE@", html.escape(evidence["made"]))
    )


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        (folder / "events").mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except FileExistsError as error:
        raise StateError(f"{folder}: is there already; name a new folder with --out") from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
