"""Targets: what is carried to the root's computer, back, and to devices when keys change."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ed25519

from fuzzing import NOW, Target
from tutelage_collector import pki
from tutelage_collector.errors import CollectorError
from tutelage_wire import authority, keys
from tutelage_wire.errors import WireError


def targets() -> list[Target]:
    """Return all targets."""
    root = pki.make_root("ret", NOW)
    return [_collector_key(root), _request(), _answer(root)]


def _collector_key(root: pki.Issuer) -> Target:
    issuer = pki.make_intermediate(root, "ret", NOW)
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    leaf = pki.certify_own_key(issuer, public, "ret", authority.CHECKPOINT, NOW)
    chain, anchor = pki.pem(leaf) + pki.pem(issuer.certificate), pki.pem(root.certificate)

    def takes(data: bytes) -> bool:
        found = authority.verify_collector_key(data, anchor, "ret", authority.CHECKPOINT)
        return found.public_key != public.public_bytes_raw()

    return Target("certificate of a collector's key", (chain,), takes, (WireError,))


def _request() -> Target:
    key = pki.new_key()
    mine = keys.spki(key.public_key())

    def takes(data: bytes) -> bool:
        return keys.spki(pki.read_intermediate_request(data)[0]) != mine

    return Target(
        "request for an intermediate", (pki.intermediate_request(key, "ret"),), takes,
        (CollectorError, WireError),
    )  # fmt: skip


def _answer(root: pki.Issuer) -> Target:
    made = pki.make_intermediate(root, "ret", NOW).certificate

    def takes(data: bytes) -> bool:
        return pki.read_intermediate(data, root.certificate) != made

    return Target("signed intermediate", (pki.pem(made),), takes, (CollectorError,))
