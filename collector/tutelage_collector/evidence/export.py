"""Writes an evidence folder: chosen events with their proofs, and not one byte of other events.

Of the rest of a device's chain only headers travel: hashes, numbers, times.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cryptography import x509

from tutelage_collector import contexts, excerpts, pki
from tutelage_collector.errors import NotFoundError, StateError
from tutelage_collector.evidence import background, page, strict, told, verifier
from tutelage_collector.evidence.program import program
from tutelage_collector.writer import CheckpointSigner
from tutelage_wire import batch, codec, keys, merkle, sealed, times
from tutelage_wire.errors import SignatureError
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import x25519

    from tutelage_collector.excerpts import Excerpt
    from tutelage_collector.state import Secrets
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert, EnrolmentProof
    from tutelage_collector.store.records_concerns import ConcernId
    from tutelage_collector.store.records_context import ReceivedContext
    from tutelage_wire.batch import TravelLane
    from tutelage_wire.events import DeviceId, EventId

    _Place = tuple[DeviceId, int, TravelLane]


def export(
    store: Store,
    held: Secrets,
    trust: str,
    event_ids: Sequence[EventId],
    folder: Path,
    now: datetime,
    key: x25519.X25519PrivateKey | None = None,
    concerns: Sequence[ConcernId] = (),
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
        concerns: whose decisions belong to it beside those about a pupil that the alerts are in.

    Raises:
        NotFoundError: there is no such alert or concern, or no proof of who signed it.
        StateError: the folder exists or cannot be written.
        SealError: the words were not sealed to this key.
    """
    alerts = [_alert(store, event_id) for event_id in event_ids]
    stands = contexts.look_all(store, trust, alerts, now)
    answers = [one.answer for one in stands.values() if one.answer is not None]
    signed: list[Alert | ReceivedContext] = [*alerts, *answers]
    places = dict.fromkeys((one.device_id, one.epoch, one.lane) for one in signed)
    proofs = [
        proof for device in {place[0]: 0 for place in places} for proof in store.proofs(device)
    ]
    signer = CheckpointSigner(held.checkpoint_key, trust, lambda: now, store.log_root)
    chains: list[dict[str, Any]] = []
    holding: dict[EventId, tuple[batch.SignedBatch, int]] = {}
    for place in places:
        chain, found = _chain(store, signer, place, proofs, signed)
        chains.append(chain)
        holding |= found
    own = background.own_keys(held, trust, now)
    events = [_event_row(store, one, holding[one.event_id], trust, key) for one in alerts]
    rules, packs = background.rules(store, events)
    about, concern_rows = background.concerns(store, alerts, concerns)
    names = {one.event_id for one in alerts} | {one.id for one in about}
    subjects = {f"alert {one.event_id}" for one in alerts} | {f"concern {one.id}" for one in about}
    devices = {one.device_id for one in signed}
    evidence = {
        "trust": trust,
        "made": times.text(now),
        "root": held.authority.root_certificate.decode("ascii"),
        "intermediates": _intermediates(held, proofs),
        "collector_keys": own,
        # Of a signing key that was certified again, its latest certificate.
        "keys": [_key_row(one) for one in {one.signing_key: one for one in proofs}.values()],
        "chains": chains,
        "events": events,
        "answers": [_answer_row(store, one, holding[one.event_id], trust, key) for one in answers],
        "rules": rules,
        "concerns": concern_rows,
        "decisions": background.decisions(store, subjects),
        "audit": background.audit(
            store, trust, subjects | {f"device {one}" for one in devices}, names | devices
        ),
    }
    files = {f"events/{one.event_id}.bin": one.event for one in signed} | packs
    files[verifier.EVIDENCE] = strict.spelled(evidence)
    files[verifier.PROGRAM] = program()
    files[verifier.PAGE] = page.render(evidence).encode()
    manifest = strict.spelled(
        {
            "version": verifier.VERSION,
            "checkpoint_key": own["checkpoint"]["key"],
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
    )
    signature = held.checkpoint_key.sign(keys.domain("tutelage/evidence/v1", manifest))
    files[verifier.MANIFEST] = manifest
    files[verifier.SIGNATURE] = signature.hex().encode()
    _write(folder, files)


def _intermediates(held: Secrets, proofs: Sequence[EnrolmentProof]) -> list[str]:
    """Return the authorities that devices' certificates are of, and the present one."""
    found = {pki.pem(held.authority.intermediate.certificate): None}
    for proof in proofs:
        chain = x509.load_pem_x509_certificates(proof.certificate_chain)
        found |= {pki.pem(one): None for one in chain[1:]}
    return [one.decode("ascii") for one in found]


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
    alerts: Sequence[Alert | ReceivedContext],
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
    # As the verifier reads them: from the bytes that the device signed.
    row = _placed(alert, place) | told.claims(alert.event)
    if key is not None:
        row |= _disclosed(excerpts.find(alert, trust, store), alert.device_id, key)
    return row


def _answer_row(
    store: Store,
    answer: ReceivedContext,
    place: tuple[batch.SignedBatch, int],
    trust: str,
    key: x25519.X25519PrivateKey | None,
) -> dict[str, Any]:
    row = _placed(answer, place) | told.answered(answer.event)
    if key is not None:
        row |= _disclosed(excerpts.context(answer, trust, store), answer.device_id, key)
    return row


def _placed(one: Alert | ReceivedContext, place: tuple[batch.SignedBatch, int]) -> dict[str, Any]:
    holder, index = place
    return {
        "id": one.event_id,
        "device": one.device_id,
        "file": f"events/{one.event_id}.bin",
        "header": holder.header.hex(),
        "index": index,
        "proof": [leaf.hex() for leaf in merkle.inclusion_proof(batch.leaves_of(holder), index)],
        "received": times.text(one.received_at),
    }


def _disclosed(
    found: Excerpt | None, device: DeviceId, key: x25519.X25519PrivateKey
) -> dict[str, Any]:
    """Return the content key of this one event, and the words that it opens."""
    if found is None:
        return {}
    context = found.bound(key)
    content = asdict(sealed.open_sealed(found.sealed, key, context))
    content["spans"] = [list(span) for span in content["spans"]]
    return {
        "content_key": sealed.unwrap_key(found.sealed, key, context).hex(),
        "content": content,
        "sealed_by": context.device_id if isinstance(context, SealContext) else device,
    }


def _key_row(proof: EnrolmentProof) -> dict[str, str]:
    return {
        "device": proof.device_id,
        "signing_key": proof.signing_key.hex(),
        "signing_key_certificate": proof.signing_key_certificate.hex(),
        "certificate_chain": proof.certificate_chain.decode("ascii"),
        "at": times.text(proof.at),
    }


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
        for name, data in files.items():
            (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
            (folder / name).write_bytes(data)
    except FileExistsError as error:
        raise StateError(f"{folder}: is there already; name a new folder with --out") from error
    except OSError as error:
        raise StateError(f"{folder}: cannot be written ({error.strerror})") from error
