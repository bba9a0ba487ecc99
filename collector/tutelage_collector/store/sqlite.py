"""The store on SQLite: one process, one file, WAL, durable commits (DESIGN.md, decision 9)."""

from __future__ import annotations

<<<<<<< HEAD
from tutelage_collector.store.sqlite_alerting import SqliteAlerting
from tutelage_collector.store.sqlite_concerns import SqliteConcerns
=======
from tutelage_collector.store.sqlite_coverage import SqliteCoverage
>>>>>>> 2a36fcc (Show what monitoring covers, out of the school's own list of devices: proven, blind, stale, silent or missing told apart, and a self-test that a safeguarding lead can do by typing a phrase)
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
<<<<<<< HEAD
    SqliteAlerting,
    SqliteConcerns,
    SqlitePersons,
=======
    SqliteCoverage,
>>>>>>> 2a36fcc (Show what monitoring covers, out of the school's own list of devices: proven, blind, stale, silent or missing told apart, and a self-test that a safeguarding lead can do by typing a phrase)
):
    """All parts over one database file."""
