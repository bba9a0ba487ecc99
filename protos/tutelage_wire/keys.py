"""Keys and their names: P-256 for TLS, Ed25519 for signing, X25519 for sealing.

Two keys a device, because gRPC refuses Ed25519 certificates and TPMs have no Ed25519
(reference: architecture.md, decision 1). Every signature and every hash of this project is made
over ``<domain> || 0x00 || payload``, so that bytes signed for one purpose fit no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from tutelage_wire.errors import SignatureError
from tutelage_wire.ids import DeviceId

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

Sign = Callable[[bytes], bytes]
"""Signs a message. A port: the key may be in memory, in a TPM or in an operating system's store."""

NOT_A_CERTIFICATE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
)
"""All that reading a certificate or request from outside, and checking who signed it, may raise."""
KEY_ID_BYTES = 8
DEVICE_ID_BYTES = 16


def domain(name: str, payload: bytes) -> bytes:
    """Return the bytes that are signed or hashed for one purpose: ``name || 0x00 || payload``."""
    return name.encode("ascii") + b"\x00" + payload


def key_id(public_key: bytes) -> bytes:
    """Return the 8-byte name of a raw 32-byte public key (Ed25519 or X25519)."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_BYTES]


def spki(public_key: PublicKeyTypes) -> bytes:
    """Return the DER SubjectPublicKeyInfo of a public key."""
    return public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def device_id_of(tls_public_key: PublicKeyTypes) -> DeviceId:
    """Return the device's name: a hash of the public key that it enrols with.

    Never a hostname or a hardware id: those are cloned, renamed and forged
    (reference: architecture.md, decision 5).
    """
    return DeviceId(hashlib.sha256(spki(tls_public_key)).digest()[:DEVICE_ID_BYTES].hex())


def ed25519_signer(private_key: ed25519.Ed25519PrivateKey) -> Sign:
    """Return the signing port of a key that is held in memory."""
    return private_key.sign


def verify_ed25519(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Check an Ed25519 signature (RFC 8032).

    Args:
        public_key: raw, 32 bytes.
        signature: 64 bytes.
        message: what was signed, with its domain.

    Raises:
        SignatureError: it does not verify, or the key is not a key.
    """
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("the signature does not verify with this key") from error


def sign_p256(private_key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """Return the DER ECDSA-SHA256 signature of ``message``."""
    return private_key.sign(message, ec.ECDSA(hashes.SHA256()))


def verify_p256(public_key: PublicKeyTypes, signature: bytes, message: bytes) -> None:
    """Check a DER ECDSA-SHA256 signature by a P-256 key.

    Raises:
        SignatureError: it does not verify, or the key is of another kind.
    """
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(
        public_key.curve, ec.SECP256R1
    ):
        raise SignatureError("the key is not ECDSA P-256")
    try:
        public_key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureError("the signature does not verify with this key") from error
