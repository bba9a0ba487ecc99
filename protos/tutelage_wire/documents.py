"""Signed documents: what agents obey, signed by keys that are not on the collector.

Four roles after The Update Framework: ``root`` says whose keys count, ``policy`` what is watched
and with which packs, ``recipients`` to whom excerpts are sealed, ``freshness`` (the collector's,
online) what the latest versions are. A collector can withhold a document; it cannot make one
(reference: architecture.md, section 3.7).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError as ProtobufDecodeError

from tutelage_wire import keys
from tutelage_wire.errors import DecodeError, SignatureError
from tutelage_wire.v1 import document_pb2

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DOCUMENT_BYTES = 2**20
MAX_SIGNATURES = 16


class Role(StrEnum):
    """Who may say what."""

    ROOT = "root"
    POLICY = "policy"
    RECIPIENTS = "recipients"
    FRESHNESS = "freshness"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature over a document."""

    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document as it travels: bytes that are never re-serialised."""

    role: Role
    payload: bytes
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """Whose keys speak for a role, and how many of them must."""

    keys: tuple[bytes, ...]
    """Raw Ed25519 public keys."""
    threshold: int


@dataclass(frozen=True, slots=True)
class Head:
    """What every payload says first."""

    role: Role
    trust_id: str
    version: int
    expires: datetime
    """Past it a document is flagged as stale; it is never dropped for it (a wrong clock would
    otherwise switch monitoring off)."""


@dataclass(frozen=True, slots=True)
class Root:
    """The trust's own statement of whose keys count."""

    head: Head
    roles: Mapping[Role, RoleKeys]
    least_rules: Mapping[str, int] = field(default_factory=dict)
    """Pack -> the fewest rules that it may have. In the root, which several people sign, so that
    whoever holds the policy's key alone cannot empty a pack."""


@dataclass(frozen=True, slots=True)
class Document:
    """A verified payload of another role: its head, and the rest as read from JSON."""

    head: Head
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """A document that a collector says it has; ``Fetch`` gives it by its hash."""

    role: Role
    version: int
    sha256: bytes
    """Over the document as ``encode`` writes it."""


def sha256(encoded: bytes) -> bytes:
    """Return the name by which a document or an artefact is fetched."""
    return hashlib.sha256(encoded).digest()


def fingerprint(document: SignedDocument) -> str:
    """Return a payload's hash as people compare it aloud: eight groups of four hex digits."""
    digest = hashlib.sha256(document.payload).hexdigest()[:32]
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def signed_bytes(role: Role, payload: bytes) -> bytes:
    """Return what a key of ``role`` signs."""
    return keys.domain("tutelage/document/v1", role.value.encode() + b"\x00" + payload)


def sign(role: Role, payload: bytes, signers: Mapping[bytes, keys.Sign]) -> SignedDocument:
    """Sign a payload.

    Args:
        role: whose document it is.
        payload: JSON bytes, as ``write_payload`` makes them.
        signers: raw public key -> its signing port.
    """
    message = signed_bytes(role, payload)
    signatures = tuple(Signature(keys.key_id(key), sign(message)) for key, sign in signers.items())
    return SignedDocument(role, payload, signatures)


def write_payload(head: Head, body: Mapping[str, Any]) -> bytes:
    """Return a payload's bytes."""
    row = {
        "role": head.role.value,
        "trust_id": head.trust_id,
        "version": head.version,
        "expires": head.expires.isoformat(),
        **body,
    }
    return json.dumps(row, indent=1, sort_keys=True, ensure_ascii=False).encode()


def write_root(
    head: Head, roles: Mapping[Role, RoleKeys], least_rules: Mapping[str, int] | None = None
) -> bytes:
    """Return a root's payload."""
    named = {
        role.value: {"keys": [key.hex() for key in held.keys], "threshold": held.threshold}
        for role, held in roles.items()
    }
    return write_payload(head, {"roles": named, "least_rules": dict(least_rules or {})})


def verify(document: SignedDocument, role_keys: RoleKeys) -> None:
    """Check that enough of a role's keys signed.

    Raises:
        SignatureError: it says how many did and how many must.
    """
    known = {keys.key_id(key): key for key in role_keys.keys}
    message = signed_bytes(document.role, document.payload)
    good: set[bytes] = set()
    for one in document.signatures:
        public_key = known.get(one.key_id)
        if public_key is None:
            continue
        try:
            keys.verify_ed25519(public_key, one.signature, message)
        except SignatureError:
            continue
        good.add(one.key_id)
    if len(good) < role_keys.threshold:
        raise SignatureError(
            f"{document.role} document: signed by {len(good)} of the keys that count, "
            f"{role_keys.threshold} must"
        )


def read_document(document: SignedDocument) -> Document:
    """Return what a (verified) document says.

    Raises:
        DecodeError: it says which field is missing or wrong.
    """
    try:
        row = json.loads(document.payload)
        head = Head(
            role=Role(row.pop("role")),
            trust_id=str(row.pop("trust_id")),
            version=int(row.pop("version")),
            expires=datetime.fromisoformat(row.pop("expires")),
        )
        if head.role is not document.role:
            raise DecodeError(f"a {head.role} payload in a {document.role} document")
        if head.expires.tzinfo is None or head.version < 1:
            raise DecodeError(f"{head.role} document: version or expires is out of range")
        return Document(head, row)
    except KeyError as error:
        raise DecodeError(f"{document.role} document: {error.args[0]} is missing") from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DecodeError(f"{document.role} document: not readable ({error})") from error


def read_root(document: SignedDocument) -> Root:
    """Return what a root says; verify it with its own and the earlier root's keys.

    Raises:
        DecodeError: a role has no keys, a threshold that its keys cannot reach, or bad keys.
    """
    read = read_document(document)
    try:
        roles = {
            Role(name): RoleKeys(
                tuple(bytes.fromhex(key) for key in held["keys"]), int(held["threshold"])
            )
            for name, held in read.body["roles"].items()
        }
        floors = {str(pack): int(least) for pack, least in read.body.get("least_rules", {}).items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise DecodeError(f"root document: roles are not readable ({error})") from error
    for role, held in roles.items():
        if not 1 <= held.threshold <= len(set(held.keys)):
            raise DecodeError(f"root document: {role}: its keys cannot reach its threshold")
    if Role.ROOT not in roles:
        raise DecodeError("root document: names no root keys, so that it could never be replaced")
    return Root(read.head, roles, floors)


def encode(document: SignedDocument) -> bytes:
    """Return a document's bytes, as it travels and is kept."""
    return document_pb2.SignedDocument(
        role=document.role.value,
        payload=document.payload,
        signatures=[
            document_pb2.DocumentSignature(key_id=one.key_id, signature=one.signature)
            for one in document.signatures
        ],
    ).SerializeToString()


def decode(data: bytes) -> SignedDocument:
    """Return the document that ``data`` holds, not yet verified.

    Raises:
        DecodeError: too large, not a document, or of a role that is not known.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise DecodeError(f"a document of {len(data)} bytes; {MAX_DOCUMENT_BYTES} allowed")
    message = document_pb2.SignedDocument()
    try:
        message.ParseFromString(data)
        role = Role(message.role)
    except (ProtobufDecodeError, ValueError) as error:
        raise DecodeError("not a signed document of this version") from error
    if len(message.signatures) > MAX_SIGNATURES:
        raise DecodeError(f"{len(message.signatures)} signatures; {MAX_SIGNATURES} allowed")
    return SignedDocument(
        role,
        message.payload,
        tuple(Signature(one.key_id, one.signature) for one in message.signatures),
    )
