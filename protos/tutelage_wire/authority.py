"""Keys that the trust's authority certified: which signing key of a collector a device believes.

The device pins the root alone. What the root signed is believed whatever the device's clock says:
who may speak is ordered by the certificates' ends, never compared with the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519

from tutelage_wire import keys, names
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from datetime import datetime

CHECKPOINT = "checkpoint"
"""The use of the key that signs checkpoints."""
MAX_CHAIN_BYTES = 16 * 2**10


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A collector's signing key."""

    public_key: bytes
    """Raw Ed25519."""
    ends: datetime
    """Of two certificates the one that ends later was given later."""


def verify_collector_key(chain: bytes, root: bytes, trust_id: str, use: str) -> CertifiedKey:
    """Return the key of a certificate, if the root's authority gave it for this use.

    Args:
        chain: PEM: the key's certificate, then the intermediate.
        root: PEM of the trust's root.
        trust_id: of this trust.
        use: for example ``checkpoint``.

    Raises:
        SignatureError: it is not of this root, or for something else.
    """
    if len(chain) > MAX_CHAIN_BYTES:
        raise SignatureError(f"a certificate chain of {len(chain)} bytes")
    try:
        leaf, intermediate = x509.load_pem_x509_certificates(chain)
        anchor = x509.load_pem_x509_certificate(root)
        leaf.verify_directly_issued_by(intermediate)
        intermediate.verify_directly_issued_by(anchor)
        is_authority = intermediate.extensions.get_extension_for_class(x509.BasicConstraints)
        named = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        uris = named.value.get_values_for_type(x509.UniformResourceIdentifier)
        public = leaf.public_key()
        ends = leaf.not_valid_after_utc
    except keys.NOT_A_CERTIFICATE as error:
        raise SignatureError("a key's certificate is not of this trust's authority") from error
    if not is_authority.value.ca or uris != [names.collector_key_uri(trust_id, use)]:
        raise SignatureError("a key's certificate is for something else")
    if not isinstance(public, ed25519.Ed25519PublicKey):
        raise SignatureError("a key's certificate is not for Ed25519")
    return CertifiedKey(public.public_bytes_raw(), ends)
