"""The bytes that enrolment and renewal sign, so that both ends compute the same ones."""

from __future__ import annotations

import hashlib
import hmac

from tutelage_wire import keys

NONCE_BYTES = 32
TOKEN_SECRET_BYTES = 32


def token_mac(secret: bytes, nonce: bytes, csr: bytes, signing_key: bytes) -> bytes:
    """Return what proves the join token without sending it.

    Bound to the nonce, the certificate request and the event-signing key: a request that was
    caught on the way enrols no other key.
    """
    return hmac.digest(secret, _bound("tutelage/enrol/v1", nonce, csr, signing_key), "sha256")


def signing_key_statement(signing_key: bytes) -> bytes:
    """Return what the TLS key signs to certify the event-signing key."""
    return keys.domain("tutelage/signing-key/v1", signing_key)


def csr_statement(csr: bytes) -> bytes:
    """Return what the event-signing key signs to prove that it is held beside the TLS key."""
    return keys.domain("tutelage/csr/v1", csr)


def poll_statement(nonce: bytes, request_id: str) -> bytes:
    """Return what the TLS key signs to ask for a pending enrolment."""
    return keys.domain("tutelage/poll/v1", nonce + request_id.encode())


def renewal_statement(nonce: bytes, csr: bytes, signing_key: bytes) -> bytes:
    """Return what the present TLS key signs to get its successor certified."""
    return _bound("tutelage/renew/v1", nonce, csr, signing_key)


def _bound(name: str, nonce: bytes, csr: bytes, signing_key: bytes) -> bytes:
    digests = hashlib.sha256(csr).digest() + hashlib.sha256(signing_key).digest()
    return keys.domain(name, nonce + digests)
