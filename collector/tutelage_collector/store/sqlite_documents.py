"""Published documents and artefacts in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import StoreError
from tutelage_collector.store.database import Database
from tutelage_collector.store.records_documents import ArtefactEntry, PublishedDocument
from tutelage_wire import times
from tutelage_wire.documents import Role

if TYPE_CHECKING:
    from tutelage_collector.store.records_documents import PublishedArtefact


class SqliteDocuments(Database):
    """The part of the store that holds what agents obey."""

    def add_document(self, document: PublishedDocument) -> None:
        """Keep a document."""
        with self._transaction() as cursor:
            found = cursor.execute(
                "SELECT sha256 FROM signed_document WHERE trust = ? AND role = ? AND version = ?",
                (self._trust, document.role.value, document.version),
            ).fetchone()
            if found is not None and found[0] != document.sha256:
                raise StoreError(
                    f"{document.role} version {document.version} was published before, with other "
                    "content: give the new one the next version and sign it again"
                )
            cursor.execute(
                "INSERT OR IGNORE INTO signed_document "
                "(trust, role, version, sha256, data, published_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (self._trust, document.role.value, document.version, document.sha256,
                 document.data, times.to_ms(document.published_at)),
            )  # fmt: skip

    def documents(self, role: Role | None = None) -> list[PublishedDocument]:
        """Return documents, by role and version."""
        rows = self._rows(
            "SELECT role, version, sha256, data, published_ms FROM signed_document "
            "WHERE trust = ? AND (? IS NULL OR role = ?) ORDER BY role, version",
            self._trust,
            role,
            role,
        )
        return [
            PublishedDocument(Role(row[0]), row[1], row[2], row[3], times.from_ms(row[4]))
            for row in rows
        ]

    def add_artefact(self, artefact: PublishedArtefact) -> None:
        """Keep an artefact."""
        with self._transaction() as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO artefact (trust, sha256, name, data, published_ms) "
                "VALUES (?, ?, ?, ?, ?)",
                (self._trust, artefact.sha256, artefact.name, artefact.data,
                 times.to_ms(artefact.published_at)),
            )  # fmt: skip

    def artefacts(self) -> list[ArtefactEntry]:
        """Return artefacts, newest first."""
        rows = self._rows(
            "SELECT name, sha256, length(data), published_ms FROM artefact WHERE trust = ? "
            "ORDER BY published_ms DESC, name",
            self._trust,
        )
        return [ArtefactEntry(row[0], row[1], row[2], times.from_ms(row[3])) for row in rows]

    def fetchable(self, sha256: bytes) -> bytes | None:
        """Return the document or artefact of a hash."""
        row = self._row(
            "SELECT data FROM signed_document WHERE trust = ? AND sha256 = ? UNION ALL "
            "SELECT data FROM artefact WHERE trust = ? AND sha256 = ?",
            self._trust,
            sha256,
            self._trust,
            sha256,
        )
        return None if row is None else bytes(row[0])

    def documents_published(self) -> int:
        """Return how many documents were ever published."""
        return int(
            self._row("SELECT count(*) FROM signed_document WHERE trust = ?", self._trust)[0]
        )
