"""The store on SQLite: one process, one file, WAL, durable commits (DESIGN.md, decision 9)."""

from __future__ import annotations

from tutelage_collector.store.sqlite_alerting import SqliteAlerting
from tutelage_collector.store.sqlite_concerns import SqliteConcerns
from tutelage_collector.store.sqlite_coverage import SqliteCoverage
from tutelage_collector.store.sqlite_devices import SqliteDevices, SqliteTokens
from tutelage_collector.store.sqlite_documents import SqliteDocuments
from tutelage_collector.store.sqlite_evidence import SqliteEvidence
from tutelage_collector.store.sqlite_exemptions import SqliteExemptions
from tutelage_collector.store.sqlite_findings import SqliteFindings
from tutelage_collector.store.sqlite_people import SqlitePeople
from tutelage_collector.store.sqlite_persons import SqlitePersons


class SqliteStore(
    SqliteEvidence,
    SqliteDevices,
    SqliteTokens,
    SqliteFindings,
    SqliteExemptions,
    SqlitePeople,
    SqliteDocuments,
    SqliteAlerting,
    SqliteConcerns,
    SqlitePersons,
    SqliteCoverage,
):
    """All parts over one database file."""
