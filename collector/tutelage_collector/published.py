"""Publishing: a signed document comes in from where its keys are, is verified, and is kept.

The collector cannot sign policy, recipients or roots. What it checks here is for people: an agent
checks all of it again and believes nothing because it came from a collector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import PublishError
from tutelage_collector.store.records_documents import PublishedDocument
from tutelage_wire import documents, trust
from tutelage_wire.documents import Role
from tutelage_wire.errors import WireError
from tutelage_wire.policy import BUILT_IN, Policy
from tutelage_wire.policy.reading import read_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tutelage_collector.store.documents import DocumentStore
    from tutelage_wire.documents import Document, SignedDocument
    from tutelage_wire.trust import TrustedSet

Check = "Callable[[DocumentStore, Document], None]"
"""Says what else a role's document must be; raises ``PublishError``."""

BY_PEOPLE = (Role.ROOT, Role.POLICY, Role.RECIPIENTS)
"""What is published; freshness is this collector's own word."""


def trusted(store: DocumentStore, trust_id: str) -> TrustedSet | None:
    """Return what agents hold who have all that was published; None = no root yet.

    Raises:
        PublishError: what is stored does not verify: the database was changed.
    """
    roots = [documents.decode(one.data) for one in store.documents(Role.ROOT)]
    if not roots:
        return None
    try:
        found = trust.first_root(roots[0], trust_id)
        for one in roots[1:]:
            found = trust.accept(found, one)
    except WireError as error:
        raise PublishError(
            f"the published roots do not verify ({error}): restore the collector's database"
        ) from error
    for role in (Role.POLICY, Role.RECIPIENTS):
        for published in reversed(store.documents(role)):
            try:
                found = trust.accept(found, documents.decode(published.data))
            except WireError:  # signed by keys of before a rotation: agents await a new one
                continue
            break
    return found


def publish(
    store: DocumentStore,
    document: SignedDocument,
    trust_id: str,
    now: datetime,
    checks: Mapping[Role, Callable[[DocumentStore, Document], None]],
) -> PublishedDocument:
    """Verify a document as an agent would, and keep it; running collectors then offer it.

    Args:
        store: of this collector.
        document: with all its signatures.
        trust_id: this collector's trust.
        now: the present moment.
        checks: by role, what else must hold.

    Raises:
        PublishError: an agent would refuse it; the message says why.
        StoreError: it cannot be kept.
    """
    if document.role not in BY_PEOPLE:
        raise PublishError(f"a {document.role} document is the collector's own word: not published")
    held = trusted(store, trust_id)
    try:
        if held is None:
            if document.role is not Role.ROOT:
                raise PublishError("no root is published here yet: publish the root first")
            after = trust.first_root(document, trust_id)
        else:
            after = trust.accept(held, document)
        version = after.version(document.role)
        if document.role in after.held and (check := checks.get(document.role)) is not None:
            check(store, after.held[document.role])
    except WireError as error:
        raise PublishError(f"agents would refuse this document: {error}") from error
    data = documents.encode(document)
    found = PublishedDocument(document.role, version, documents.sha256(data), data, now)
    store.add_document(found)
    return found


def pinned_root(store: DocumentStore) -> bytes:
    """Return the root that goes into bundles; empty where none is published."""
    roots = store.documents(Role.ROOT)
    return roots[-1].data if roots else b""


def policy_here(store: DocumentStore, trust_id: str) -> Policy:
    """Return the policy that devices obey which hear of this collector.

    Raises:
        PublishError: what is stored does not verify.
        StoreError: it cannot be read.
    """
    held = trusted(store, trust_id)
    document = held.held.get(Role.POLICY) if held else None
    return BUILT_IN if document is None else read_policy(document)
