"""The people of an invented trust with their keys, who sign what agents obey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_wire import documents
from tutelage_wire.documents import Head, Role, RoleKeys

NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER = NOW + timedelta(days=365)


class Ceremony:
    """The trust's people with their keys: three for the root, one policy key, two recipients."""

    def __init__(self, trust_id="ret"):
        self.trust_id = trust_id
        self.root_keys = [ed25519.Ed25519PrivateKey.generate() for _ in range(3)]
        self.policy_key = ed25519.Ed25519PrivateKey.generate()
        self.recipient_keys = [ed25519.Ed25519PrivateKey.generate() for _ in range(2)]
        self.collector_key = ed25519.Ed25519PrivateKey.generate()

    def roles(self):
        return {
            Role.ROOT: RoleKeys(tuple(map(public, self.root_keys)), 2),
            Role.POLICY: RoleKeys((public(self.policy_key),), 1),
            Role.RECIPIENTS: RoleKeys(tuple(map(public, self.recipient_keys)), 2),
            Role.FRESHNESS: RoleKeys((public(self.collector_key),), 1),
        }

    def root(self, version=1, signers=None, roles=None):
        payload = documents.write_root(self.head(Role.ROOT, version), roles or self.roles())
        return documents.sign(Role.ROOT, payload, signing(signers or self.root_keys[:2]))

    def policy(self, version, key=None, **body):
        payload = documents.write_payload(self.head(Role.POLICY, version), body)
        return documents.sign(Role.POLICY, payload, signing([key or self.policy_key]))

    def recipients(self, version, signers=None):
        payload = documents.write_payload(self.head(Role.RECIPIENTS, version), {"recipients": []})
        return documents.sign(Role.RECIPIENTS, payload, signing(signers or self.recipient_keys))

    def head(self, role, version):
        return Head(role, self.trust_id, version, LATER)


def public(key):
    return key.public_key().public_bytes_raw()


def signing(signers):
    return {public(key): key.sign for key in signers}
