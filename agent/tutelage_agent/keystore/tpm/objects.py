"""Objects in the TPM: finding the parent, making a key or a sealed secret, using them."""

from __future__ import annotations

import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tutelage_agent.errors import KeyLostError
from tutelage_agent.keystore.tpm.chip import RefusedByTpmError
from tutelage_agent.keystore.tpm.numbers import (
    STORAGE_ROOT,
    Algorithm,
    Command,
    Fault,
    Hierarchy,
    Tag,
)
from tutelage_agent.keystore.tpm.public import (
    MOST_PRIVATE,
    MOST_PUBLIC,
    STORAGE_TEMPLATE,
    Public,
    read_public,
)
from tutelage_agent.keystore.tpm.session import Opening, Session
from tutelage_agent.keystore.tpm.wire import AnswerError, Reader, sized, u16, u32

if TYPE_CHECKING:
    from tutelage_agent.keystore.tpm.chip import Talk

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256 (SEC 2, section 2.4.2)."""
_NO_PCRS = u32(0)
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Parent:
    """A storage root key, loaded or persistent."""

    handle: int
    public: Public


@dataclass(frozen=True, slots=True)
class Blob:
    """What is on disk of an object: useless without the TPM, and the parent, that made it."""

    public: Public
    private: bytes
    """``TPM2B_PRIVATE``'s data, Part 2 section 12.3.7: enciphered by the TPM."""
    parent_name: bytes

    def to_json(self) -> bytes:
        """Return it as a file's content."""
        row = {
            "tutelage_tpm": _FORMAT,
            "parent": self.parent_name.hex(),
            "public": self.public.area.hex(),
            "private": self.private.hex(),
        }
        return json.dumps(row, indent=2).encode()


def read_blob(data: bytes) -> Blob:
    """Return what ``Blob.to_json`` wrote.

    Raises:
        ValueError: it did not write this.
    """
    try:
        row = json.loads(data)
        if row["tutelage_tpm"] != _FORMAT:
            raise ValueError("of another format")
        area, private, parent = (bytes.fromhex(row[one]) for one in ("public", "private", "parent"))
        if not 0 < len(private) <= MOST_PRIVATE:
            raise ValueError("its private part is out of range")
        return Blob(read_public(area), private, parent)
    except (KeyError, TypeError, RecursionError, binascii.Error, AnswerError) as error:
        raise ValueError("not an object of a TPM") from error


def find_parent(talk: Talk, name: bytes | None = None) -> Parent:
    """Return the storage root key: the system's own, or one made from the standard template.

    Args:
        talk: with the TPM.
        name: of the one that it must be; None = any that fits.

    Raises:
        KeyLostError: this TPM does not have the one that it must be.
        TpmError: it does not answer, or has none and makes none.
    """
    try:
        kept = read_public_at(talk, STORAGE_ROOT)
    except RefusedByTpmError as error:
        if error.code not in {Fault.HANDLE, Fault.VALUE}:
            raise
        kept = None
    if kept is not None and kept.is_storage and name in {None, kept.name}:
        return Parent(STORAGE_ROOT, kept)
    made = create_primary(talk, Hierarchy.OWNER, STORAGE_TEMPLATE)
    if name not in {None, made.public.name}:
        raise KeyLostError(
            "the TPM that made this device's keys was cleared, or is another one: enrol again, "
            "events are kept"
        )
    return made


def create_primary(talk: Talk, hierarchy: Hierarchy, template: bytes) -> Parent:
    """Make a primary key, the same each time (``TPM2_CreatePrimary``, Part 3 section 24.1)."""
    made = talk.run(
        Command.CREATE_PRIMARY,
        (hierarchy,),
        _sensitive(b"") + sized(template) + sized() + _NO_PCRS,
        password=True,
        loads=True,
    )
    return Parent(made.handle, read_public(Reader(made.parameters, "primary").sized(MOST_PUBLIC)))


def create(talk: Talk, parent: Parent, template: bytes, secret: bytes = b"") -> Blob:
    """Make an object under ``parent`` (``TPM2_Create``, Part 3 section 12.1).

    In a session, so that a secret that is to be sealed crosses no bus in clear.

    Raises:
        TpmError: the TPM does not, or made something else than it was asked for.
    """
    made = talk.run(
        Command.CREATE,
        (parent.handle,),
        _sensitive(secret) + sized(template) + sized() + _NO_PCRS,
        session=_session(talk, parent),
        names=(parent.public.name,),
    )
    reader = Reader(made.parameters, "new object")
    private = reader.sized(MOST_PRIVATE, 1)
    public = read_public(reader.sized(MOST_PUBLIC, 1))
    if public.area[:8] != template[:8]:  # kind, hash, attributes
        raise AnswerError("the TPM made another object than the one it was asked for")
    return Blob(public, private, parent.public.name)


def load(talk: Talk, parent: Parent, blob: Blob) -> int:
    """Load an object; return its handle (``TPM2_Load``, Part 3 section 12.2).

    Raises:
        KeyLostError: this TPM did not make it.
        TpmError: the TPM does not answer.
    """
    try:
        loaded = talk.run(
            Command.LOAD,
            (parent.handle,),
            sized(blob.private) + sized(blob.public.area),
            password=True,
            loads=True,
        )
    except RefusedByTpmError as error:
        if error.code in {Fault.INTEGRITY, Fault.VALUE}:
            raise KeyLostError(
                "the TPM does not know this device's key as its own: enrol again, events are kept"
            ) from error
        raise
    reader = Reader(loaded.parameters, "loaded object")
    if reader.sized(66) != blob.public.name:
        raise AnswerError("the TPM loaded another object than the one it was given")
    reader.end()
    return loaded.handle


def sign(talk: Talk, handle: int, digest: bytes) -> bytes:
    """Return the DER ECDSA signature of a SHA-256 digest (``TPM2_Sign``, Part 3 section 20.2)."""
    unhashed = u16(Tag.HASHCHECK) + u32(Hierarchy.NULL) + sized()
    made = talk.run(
        Command.SIGN,
        (handle,),
        sized(digest) + u16(Algorithm.NULL) + unhashed,
        password=True,
    )
    return read_signature(made.parameters)


def read_signature(parameters: bytes) -> bytes:
    """Return a ``TPMT_SIGNATURE`` of ECDSA (Part 2 sections 11.2.2, 11.3.4) as DER.

    Raises:
        AnswerError: it is none.
    """
    reader = Reader(parameters, "signature")
    reader.expect(Algorithm.ECDSA, reader.u16())
    reader.expect(Algorithm.SHA256, reader.u16())
    r, s = (int.from_bytes(reader.sized(32, 1), "big") for _ in "rs")
    reader.end()
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        raise AnswerError("the TPM's signature is out of its curve's range")
    return encode_dss_signature(r, s)


def unseal(talk: Talk, parent: Parent, blob: Blob, size: int) -> bytes:
    """Return a sealed secret of ``size`` bytes (``TPM2_Unseal``, Part 3 section 12.7)."""
    handle = load(talk, parent, blob)
    found = talk.run(
        Command.UNSEAL,
        (handle,),
        session=_session(talk, parent),
        names=(blob.public.name,),
    )
    reader = Reader(found.parameters, "sealed secret")
    secret = reader.sized(size, size)
    reader.end()
    return secret


def read_public_at(talk: Talk, handle: int) -> Public:
    """Return what lies at a persistent handle (``TPM2_ReadPublic``, Part 3 section 12.4)."""
    said = talk.run(Command.READ_PUBLIC, (handle,))
    return read_public(Reader(said.parameters, "public area").sized(MOST_PUBLIC, 1))


def _session(talk: Talk, parent: Parent) -> Session:
    if parent.public.key is None:
        raise AnswerError("the TPM's storage root key is no key")
    opening = Opening(parent.public.key)
    begun = talk.run(
        Command.START_AUTH_SESSION,
        (parent.handle, Hierarchy.NULL),
        opening.parameters,
        loads=True,
    )
    return opening.opened(begun.handle, begun.parameters)


def _sensitive(secret: bytes) -> bytes:
    """``TPM2B_SENSITIVE_CREATE``, Part 2 section 11.1.15: an empty password, and the secret."""
    return sized(sized() + sized(secret))
