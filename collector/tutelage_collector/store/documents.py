"""Published documents and artefacts, as a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tutelage_collector.store.records_documents import (
        ArtefactEntry,
        PublishedArtefact,
        PublishedDocument,
    )
    from tutelage_wire.documents import Role


class DocumentStore(Protocol):
    """What agents obey, kept as it was signed. Appended, never changed; survives ``rebuild``."""

    def add_document(self, document: PublishedDocument) -> None:
        """Keep a document; silent where the same bytes are there already.

        Raises:
            StoreError: another document of this role and version was published before.
        """

    def documents(self, role: Role | None = None) -> list[PublishedDocument]:
        """Return documents, by role and version."""

    def add_artefact(self, artefact: PublishedArtefact) -> None:
        """Keep an artefact; silent where it is there already."""

    def artefacts(self) -> list[ArtefactEntry]:
        """Return artefacts, newest first."""

    def fetchable(self, sha256: bytes) -> bytes | None:
        """Return the document or artefact of a hash."""

    def documents_published(self) -> int:
        """Return how many documents were ever published: it grows when something is new."""
