"""Public areas of objects: the three that this agent asks for, and reading what the TPM made.

``TPMT_PUBLIC``, Part 2 section 12.2.4 (table 200 of revision 1.38).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tutelage_agent.keystore.tpm.numbers import NIST_P256, Algorithm, Attribute
from tutelage_agent.keystore.tpm.wire import AnswerError, Reader, sized, u16, u32

MOST_PUBLIC, MOST_PRIVATE = 1024, 1024
"""Bytes; an RSA 4096 key's public area has some 570."""
_COORDINATE = 32
_BOUND = Attribute.FIXED_TPM | Attribute.FIXED_PARENT | Attribute.USER_WITH_AUTH | Attribute.NO_DA
"""Leaves neither this TPM nor its parent; outside of the lockout that wrong passwords bring."""
SIGNING = _BOUND | Attribute.SENSITIVE_DATA_ORIGIN | Attribute.SIGN
"""Drawn in the TPM, and signs."""
_STORAGE = _BOUND | Attribute.SENSITIVE_DATA_ORIGIN | Attribute.RESTRICTED | Attribute.DECRYPT


def _head(kind: Algorithm, attributes: int) -> bytes:
    return u16(kind, Algorithm.SHA256) + u32(attributes) + sized()


def _ecc(symmetric: bytes, scheme: bytes) -> bytes:
    """``TPMS_ECC_PARMS``, section 12.2.3.6; then an empty ``unique``."""
    return symmetric + scheme + u16(NIST_P256, Algorithm.NULL) + sized() + sized()


STORAGE_TEMPLATE = _head(Algorithm.ECC, _STORAGE) + _ecc(
    u16(Algorithm.AES, 128, Algorithm.CFB), u16(Algorithm.NULL)
)
"""The storage root key, P-256: TCG "TPM v2.0 Provisioning Guidance", section 7.5.1."""
SIGNING_TEMPLATE = _head(Algorithm.ECC, SIGNING) + _ecc(
    u16(Algorithm.NULL), u16(Algorithm.ECDSA, Algorithm.SHA256)
)
"""A key that signs with ECDSA and SHA-256, and cannot be told to do anything else."""
SEALED_TEMPLATE = _head(Algorithm.KEYEDHASH, _BOUND) + u16(Algorithm.NULL) + sized()
"""A sealed secret (``TPMS_KEYEDHASH_PARMS``, section 12.2.3.3)."""
_EK_POLICY = bytes.fromhex("837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa")
"""``PolicySecret(TPM_RH_ENDORSEMENT)``: TCG "EK Credential Profile", section B.6.2."""
ENDORSEMENT_TEMPLATE = (
    u16(Algorithm.ECC, Algorithm.SHA256)
    + u32(
        Attribute.FIXED_TPM
        | Attribute.FIXED_PARENT
        | Attribute.SENSITIVE_DATA_ORIGIN
        | Attribute.ADMIN_WITH_POLICY
        | Attribute.RESTRICTED
        | Attribute.DECRYPT
    )
    + sized(_EK_POLICY)
    + u16(Algorithm.AES, 128, Algorithm.CFB, Algorithm.NULL, NIST_P256, Algorithm.NULL)
    + sized(bytes(_COORDINATE)) * 2
)
"""The endorsement key, P-256: TCG "EK Credential Profile", template L-2."""

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class Public:
    """An object's public area, as the TPM told it."""

    area: bytes
    """``TPMT_PUBLIC``."""
    kind: int
    attributes: int
    key: PublicKey | None
    """None = not a key, as a sealed secret."""

    @property
    def name(self) -> bytes:
        """What the TPM calls the object: Part 1 section 16. It cannot be given to another."""
        return u16(Algorithm.SHA256) + hashlib.sha256(self.area).digest()

    @property
    def is_storage(self) -> bool:
        """Whether it is a storage key of this TPM that others may lie under, without a password."""
        return self.key is not None and self.attributes & _STORAGE == _STORAGE

    @property
    def is_signing(self) -> bool:
        """Whether it is a P-256 key that was drawn in this TPM and cannot leave it."""
        return isinstance(self.key, ec.EllipticCurvePublicKey) and self.attributes == SIGNING


def read_public(area: bytes) -> Public:
    """Read a ``TPMT_PUBLIC``.

    Raises:
        AnswerError: it is none, or of a kind that this agent never asks for.
    """
    reader = Reader(area, "public area")
    kind = reader.u16()
    reader.expect(Algorithm.SHA256, reader.u16())
    attributes = reader.u32()
    reader.sized(64)  # authPolicy
    key: PublicKey | None
    match kind:
        case Algorithm.ECC:
            key = _read_ecc(reader)
        case Algorithm.RSA:
            key = _read_rsa(reader)
        case Algorithm.KEYEDHASH:
            key = None
            reader.expect(Algorithm.NULL, reader.u16())
            reader.sized(64)  # unique
        case _:
            raise AnswerError(f"the TPM's public area is of kind 0x{kind:x}")
    reader.end()
    return Public(area, kind, attributes, key)


def _skip_symmetric(reader: Reader) -> None:
    """``TPMT_SYM_DEF_OBJECT``, section 11.1.7: nothing, or AES in CFB."""
    algorithm = reader.u16()
    if algorithm != Algorithm.NULL:
        reader.expect(Algorithm.AES, algorithm)
        reader.take(4)  # bits and mode


def _read_ecc(reader: Reader) -> ec.EllipticCurvePublicKey:
    _skip_symmetric(reader)
    if reader.u16() != Algorithm.NULL:  # the scheme, and its hash
        reader.u16()
    reader.expect(NIST_P256, reader.u16())
    reader.expect(Algorithm.NULL, reader.u16())
    x, y = (int.from_bytes(reader.sized(_COORDINATE, 1), "big") for _ in "xy")
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError as error:
        raise AnswerError("the TPM's public key is no point of its curve") from error


def _read_rsa(reader: Reader) -> rsa.RSAPublicKey:
    _skip_symmetric(reader)
    if reader.u16() != Algorithm.NULL:
        reader.u16()
    bits, exponent = reader.u16(), reader.u32() or 65_537
    modulus = int.from_bytes(reader.sized(512, 128), "big")
    if bits not in {2048, 3072, 4096} or modulus.bit_length() != bits:
        raise AnswerError(f"the TPM's RSA key says {bits} bits and has {modulus.bit_length()}")
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise AnswerError("the TPM's RSA key is none") from error
