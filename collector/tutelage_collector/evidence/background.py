"""What stands around exported events: the rules that fired, the decisions, the audit rows.

Nothing of other people's events comes with it: of a concern only its exported alerts are named,
and an audit row that names any other is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from tutelage_collector import pki
from tutelage_collector.evidence import told
from tutelage_collector.store import audit_chain
from tutelage_collector.store.records_concerns import About
from tutelage_policy import artefact, build
from tutelage_policy.errors import PackError
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import ed25519

    from tutelage_collector.pki import Issuer
    from tutelage_collector.state import Secrets
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_approvals import Approval
    from tutelage_collector.store.records_concerns import Concern, ConcernId

_ALL = 10**9
_EVENT_ID = re.compile(r"\b[0-9a-f]{32}\b")


def own_keys(held: Secrets, trust: str, now: datetime) -> dict[str, dict[str, str]]:
    """Return the collector's keys, each certified by the trust's authority for its one use."""
    return {
        use: _own_key(held.authority.intermediate, trust, use, key.public_key(), now)
        for use, key in (("checkpoint", held.checkpoint_key), ("audit", held.audit_key))
    }


def _own_key(
    issuer: Issuer, trust: str, use: str, key: ed25519.Ed25519PublicKey, now: datetime
) -> dict[str, str]:
    certificate = pki.certify_own_key(issuer, key, trust, use, now)
    return {"key": key.public_bytes_raw().hex(), "certificate": pki.pem(certificate).decode()}


def rules(
    store: Store, events: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """Return the rules that fired, and the packs that they are of, as files.

    A pack that this collector does not have is left out, and so is a marked rule whose words stay
    sealed; the verifier says so.
    """
    rows: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for label in sorted({one["pack"] for one in events}):
        built = _pack(store, label)
        if built is None:
            continue
        name = f"packs/{hashlib.sha256(built).hexdigest()}.pack"
        in_pack = {one["id"]: one for one in json.loads(built)["rules"]}
        for rule_id in sorted({told.rule_of(one) for one in events if one["pack"] == label}):
            if rule_id in in_pack:
                rows.append({"pack": label, "file": name, "rule": in_pack[rule_id]})
                files[name] = artefact.packed(built)
    return rows, files


def _pack(store: Store, label: str) -> bytes | None:
    """Return a pack's canonical bytes by the label that a device signed; None = not here."""
    name, _, fingerprint = label.partition("#")
    for entry in store.artefacts():
        if entry.name == name and (data := store.fetchable(entry.sha256)) is not None:
            try:
                built = artefact.unpacked(data)
            except PackError:
                continue
            if hashlib.sha256(built).hexdigest()[:16] == fingerprint:
                return built
    try:
        shipped = build.load_pack()
    except PackError:
        return None
    return build.canonical(shipped) if shipped.ref == label else None


def concerns(
    store: Store, alerts: Sequence[Alert], named: Iterable[ConcernId]
) -> tuple[list[Concern], list[dict[str, Any]]]:
    """Return the concerns that these alerts are in, and what is said of them.

    One about a member of staff is there only if it was asked for by its id: who exports an alert
    need not be somebody who may know of it.
    """
    ids = [one.event_id for one in alerts]
    asked = set(named)
    of = store.concerns_of(ids)
    found = []
    for concern_id in sorted({one for some in of.values() for one in some} | asked):
        concern = store.concern(concern_id)
        if concern and (concern.about is About.PUPIL or concern_id in asked):
            found.append(concern)
    rows = [
        {
            "id": one.id,
            "events": [event for event in ids if one.id in of.get(event, ())],
            "opened": times.text(one.opened_at),
            "state": one.state.value,
            "outcome": one.outcome.value if one.outcome else "",
        }
        for one in found
    ]
    return found, rows


def decisions(store: Store, subjects: set[str]) -> list[dict[str, str]]:
    """Return what two people decided about these subjects (policy 8.d), oldest first."""
    found = [one for one in store.approvals(limit=_ALL) if one.subject in subjects]
    return [_decision(one) for one in sorted(found, key=lambda one: one.asked_at)]


def _decision(one: Approval) -> dict[str, str]:
    return {
        "id": one.id, "kind": one.kind.value, "subject": one.subject, "reason": one.reason,
        "state": one.state.value, "asked_by": one.asked_by, "asked_role": one.asked_role.value,
        "asked": times.text(one.asked_at), "decided_by": one.decided_by,
        "decided_role": one.decided_role.value if one.decided_role else "",
        "decided": times.text(one.decided_at) if one.decided_at else "", "note": one.note,
        "carried_out": times.text(one.used_at) if one.used_at else "",
    }  # fmt: skip


def audit(store: Store, trust: str, subjects: set[str], known: set[str]) -> list[dict[str, Any]]:
    """Return the audit rows about these subjects, each with its place in the signed chain.

    Args:
        store: with the log.
        trust: short name.
        subjects: ``alert …``, ``device …``, ``concern …``.
        known: ids that may be named; a row that names another is left out.
    """
    rows = []
    previous = audit_chain.NO_HEAD
    for row in store.audit_log():
        if row.head and row.subject in subjects and set(_EVENT_ID.findall(row.detail)) <= known:
            rows.append(
                {
                    "row": json.loads(audit_chain.text_of(trust, row)),
                    "previous": previous.hex(),
                    "head": row.head.hex(),
                    "signature": row.signature.hex(),
                }
            )
        previous = row.head or audit_chain.head_of(previous, trust, row)
    return rows
