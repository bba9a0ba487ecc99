"""The demo's signed policy: keys of three people, drawn here and kept nowhere.

A school draws them on another machine, one file a person: ``tutelage-collector policy init-root``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_collector import policy_files, published
from tutelage_wire import documents
from tutelage_wire.documents import Head, Role, RoleKeys

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store

_PEOPLE, _THRESHOLD = 3, 2
_LASTS = timedelta(days=1)


def publish(store: Store, trust: str, school: str, collector_key: bytes, now: datetime) -> str:
    """Sign and publish a root and the policy of the template, for any hour of any day.

    Returns:
        The policy's fingerprint.
    """
    people = [ed25519.Ed25519PrivateKey.generate() for _ in range(_PEOPLE)]
    policy_key = ed25519.Ed25519PrivateKey.generate()
    roles = {
        Role.ROOT: RoleKeys(tuple(_public(one) for one in people), _THRESHOLD),
        Role.POLICY: RoleKeys((_public(policy_key),), 1),
        Role.FRESHNESS: RoleKeys((collector_key,), 1),
    }
    payload = documents.write_root(Head(Role.ROOT, trust, 1, now + _LASTS), roles)
    signers = {_public(one): one.sign for one in people[:_THRESHOLD]}
    root = documents.sign(Role.ROOT, payload, signers)
    # Who tries the demo at night or in the holidays is to see something.
    text = policy_files.template(trust, school, now.date()).replace(
        'hours = "school_day"', 'hours = "always"'
    )
    draft = policy_files.draft_of(text, "the demo's policy")
    policy = documents.sign(Role.POLICY, draft.payload, {_public(policy_key): policy_key.sign})
    for document in (root, policy):
        published.publish(store, document, trust, now, policy_files.CHECKS)
    return documents.fingerprint(policy)


def _public(key: ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
