"""The trusted set: which documents an agent holds, and what it accepts after them. Pure.

After python-tuf's client workflow: a root is followed only by its successor, signed by both;
versions never go back, also not below one that has expired meanwhile; another trust's documents
are never accepted. Staleness is a flag, never a reason to stop.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tutelage_wire import documents
from tutelage_wire.documents import Document, Role, RoleKeys, Root, SignedDocument
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class TrustError(WireError):
    """A document is not accepted; the last good one stays in force."""


@dataclass(frozen=True, slots=True)
class TrustedSet:
    """What is held: a root, and for each other role at most one document."""

    root: Root
    held: Mapping[Role, Document] = field(default_factory=dict)
    floor: Mapping[Role, int] = field(default_factory=dict)
    """Lowest acceptable version by role, from a second place (key store, TPM): a restored state
    folder does not bring an old policy back."""

    def version(self, role: Role) -> int:
        """Return the version held of ``role``; 0 = none."""
        if role is Role.ROOT:
            return self.root.head.version
        held = self.held.get(role)
        return held.head.version if held else 0

    def stale(self, now: datetime) -> tuple[Role, ...]:
        """Return the roles whose document has expired: to be said, not to be acted on."""
        heads = [self.root.head, *(one.head for one in self.held.values())]
        return tuple(head.role for head in heads if head.expires < now)


def first_root(document: SignedDocument, trust_id: str, pinned: bytes | None = None) -> TrustedSet:
    """Begin with the root that came in the bundle.

    Args:
        document: version 1 or later.
        trust_id: of the bundle.
        pinned: SHA-256 of the payload, where the bundle was told it on another way.

    Raises:
        TrustError: it does not sign itself, or belongs to another trust.
    """
    if pinned is not None and hashlib.sha256(document.payload).digest() != pinned:
        raise TrustError("root: not the one that this device was told to trust")
    root = documents.read_root(document)
    _verify(document, root.roles[Role.ROOT])
    _same_trust(root.head.trust_id, trust_id)
    return TrustedSet(root)


def accept(trusted: TrustedSet, document: SignedDocument) -> TrustedSet:
    """Return the set after ``document``; the same set where it is the one already held.

    Raises:
        TrustError: it says which rule the document breaks.
        DecodeError: it cannot be read.
    """
    if document.role is Role.ROOT:
        return _accept_root(trusted, document)
    # 1. The present root says whose keys speak for this role.
    role_keys = trusted.root.roles.get(document.role)
    if role_keys is None:
        raise TrustError(f"{document.role}: the root names no keys for this role")
    _verify(document, role_keys)
    # 2. Only now is it read.
    read = documents.read_document(document)
    _same_trust(read.head.trust_id, trusted.root.head.trust_id)
    # 3. Never back: not below what is held, nor below what a second place remembers.
    lowest = max(trusted.version(document.role), trusted.floor.get(document.role, 0))
    if read.head.version < lowest:
        raise TrustError(
            f"{document.role}: version {read.head.version} after version {lowest}: a rollback"
        )
    held = trusted.held.get(document.role)
    if held is not None and read.head.version == held.head.version and read != held:
        raise TrustError(f"{document.role}: a second version {read.head.version}: an equivocation")
    return replace(trusted, held={**trusted.held, document.role: read})


def _accept_root(trusted: TrustedSet, document: SignedDocument) -> TrustedSet:
    # 1. The keys that are trusted now must have signed their own replacement.
    _verify(document, trusted.root.roles[Role.ROOT])
    root = documents.read_root(document)
    # 2. And so must the new ones, so that a typing error cannot lock everyone out.
    _verify(document, root.roles[Role.ROOT])
    _same_trust(root.head.trust_id, trusted.root.head.trust_id)
    # 3. One at a time: a skipped version would hide a rotation.
    present = trusted.root.head.version
    if root.head.version == present and root == trusted.root:
        return trusted
    if root.head.version != present + 1:
        raise TrustError(f"root: version {root.head.version} after version {present}")
    # 4. A document whose keys the new root no longer names must be signed anew; its version is
    #    still the floor.
    floor = {role: max(trusted.version(role), trusted.floor.get(role, 0)) for role in Role}
    kept = {
        role: one
        for role, one in trusted.held.items()
        if root.roles.get(role) == trusted.root.roles.get(role)
    }
    return TrustedSet(root, kept, floor)


def _verify(document: SignedDocument, role_keys: RoleKeys) -> None:
    try:
        documents.verify(document, role_keys)
    except WireError as error:
        raise TrustError(str(error)) from error


def _same_trust(found: str, wanted: str) -> None:
    if found != wanted:
        raise TrustError(f"a document of the trust {found!r}; this device belongs to {wanted!r}")
