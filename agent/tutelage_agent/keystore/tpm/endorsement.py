"""Which TPM this is: a hash of its endorsement key, the same after a clear and a re-installation.

It is evidence, and matches a re-imaged device with what it was; nothing is proven by it, and
nothing is opened with it.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tutelage_agent.errors import TpmError
from tutelage_agent.keystore.tpm import objects
from tutelage_agent.keystore.tpm.numbers import (
    EK_CERTIFICATES,
    ENDORSEMENT_KEY,
    Command,
    Hierarchy,
)
from tutelage_agent.keystore.tpm.public import ENDORSEMENT_TEMPLATE
from tutelage_agent.keystore.tpm.wire import AnswerError, Reader, u16
from tutelage_wire import keys

if TYPE_CHECKING:
    from tutelage_agent.keystore.tpm.chip import Chip, Talk
    from tutelage_agent.keystore.tpm.public import PublicKey

_MOST_CERTIFICATE = 8192
_PIECE = 512
"""Bytes of one read: the least that ``TPM_PT_NV_BUFFER_MAX`` may be."""


def endorsement_hash(chip: Chip) -> str:
    """Return 32 hex digits for this TPM, or "" where its endorsement key cannot be had."""
    with suppress(TpmError), chip.talk() as talk:
        for find in (_certified, _kept, _made):
            with suppress(TpmError):
                key = find(talk)
                said = hashlib.sha256(b"tutelage/ek/v1\x00" + keys.spki(key)).hexdigest()
                return said[:32]
    return ""


def _certified(talk: Talk) -> PublicKey:
    """From the maker's certificate, which no password keeps anybody from reading."""
    for index in EK_CERTIFICATES:
        with suppress(TpmError):
            return read_certificate(_read_nv(talk, index))
    raise TpmError("the TPM has no certificate of its maker")


def _kept(talk: Talk) -> PublicKey:
    """From where a system keeps it: Windows does."""
    return _key_of(objects.read_public_at(talk, ENDORSEMENT_KEY).key)


def _made(talk: Talk) -> PublicKey:
    """By making it from the standard template: the same each time."""
    made = objects.create_primary(talk, Hierarchy.ENDORSEMENT, ENDORSEMENT_TEMPLATE)
    return _key_of(made.public.key)


def _key_of(key: PublicKey | None) -> PublicKey:
    if key is None:
        raise AnswerError("the TPM's endorsement key is no key")
    return key


def read_certificate(data: bytes) -> PublicKey:
    """Return the key of an endorsement certificate, DER, which zeros or ones may follow.

    Raises:
        AnswerError: it is none.
    """
    if data[:2] != b"\x30\x82":
        raise AnswerError("the TPM's endorsement certificate is none")
    try:
        found = x509.load_der_x509_certificate(data[: 4 + int.from_bytes(data[2:4], "big")])
        key = found.public_key()
    except Exception as error:  # whatever the library makes of foreign bytes, it is no certificate
        raise AnswerError("the TPM's endorsement certificate cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise AnswerError("the TPM's endorsement certificate is for a key of another kind")
    return key


def _read_nv(talk: Talk, index: int) -> bytes:
    """Read an index whole (``TPM2_NV_ReadPublic`` and ``TPM2_NV_Read``, Part 3 section 31)."""
    about = talk.run(Command.NV_READ_PUBLIC, (index,))
    size = read_nv_size(about.parameters, index)
    found = b""
    while len(found) < size:
        piece = min(_PIECE, size - len(found))
        said = talk.run(Command.NV_READ, (index, index), u16(piece, len(found)), password=True)
        reader = Reader(said.parameters, "stored certificate")
        found += reader.sized(piece, piece)
        reader.end()
    return found


def read_nv_size(parameters: bytes, index: int) -> int:
    """Return how many bytes an index has (``TPMS_NV_PUBLIC``, Part 2 section 13.5).

    Raises:
        AnswerError: it speaks of another index, or of more than any certificate has.
    """
    outer = Reader(parameters, "stored certificate")
    reader = Reader(outer.sized(256, 1), "stored certificate")
    reader.expect(index, reader.u32())
    reader.take(6)  # the hash of its name, its attributes
    reader.sized(64)  # authPolicy
    size = reader.u16()
    reader.end()
    if not 0 < size <= _MOST_CERTIFICATE:
        raise AnswerError(f"the TPM's endorsement certificate has {size} bytes")
    return size
