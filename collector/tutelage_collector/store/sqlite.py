"""The store on SQLite: one process, one file, WAL, durable commits (DESIGN.md, decision 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store.sqlite_alerting import SqliteAlerting
from tutelage_collector.store.sqlite_approvals import SqliteApprovals
from tutelage_collector.store.sqlite_concerns import SqliteConcerns
from tutelage_collector.store.sqlite_context import SqliteContext
from tutelage_collector.store.sqlite_coverage import SqliteCoverage
from tutelage_collector.store.sqlite_device_keys import SqliteDeviceKeys
from tutelage_collector.store.sqlite_devices import SqliteDevices, SqliteTokens
from tutelage_collector.store.sqlite_documents import SqliteDocuments
from tutelage_collector.store.sqlite_escalation import SqliteEscalation
from tutelage_collector.store.sqlite_evidence import SqliteEvidence
from tutelage_collector.store.sqlite_exemptions import SqliteExemptions
from tutelage_collector.store.sqlite_figures import SqliteFigures
from tutelage_collector.store.sqlite_findings import SqliteFindings
from tutelage_collector.store.sqlite_ict import SqliteIct
from tutelage_collector.store.sqlite_notices import SqliteNotices
from tutelage_collector.store.sqlite_passkeys import SqlitePasskeys
from tutelage_collector.store.sqlite_people import SqlitePeople
from tutelage_collector.store.sqlite_persons import SqlitePersons
from tutelage_collector.store.sqlite_quiet import SqliteQuiet
from tutelage_collector.store.sqlite_recipients import SqliteRecipients
from tutelage_collector.store.sqlite_registers import SqliteRegisters
from tutelage_collector.store.sqlite_retention import SqliteRetention
from tutelage_collector.store.sqlite_schedules import SqliteSchedules
from tutelage_collector.store.sqlite_waiting import SqliteWaiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutelage_collector.store.records import Append, Projection
    from tutelage_wire.keys import Sign


class SqliteStore(
    SqliteEvidence,
    SqliteDevices,
    SqliteDeviceKeys,
    SqliteTokens,
    SqliteFindings,
    SqliteExemptions,
    SqlitePeople,
    SqliteDocuments,
    SqliteAlerting,
    SqliteConcerns,
    SqlitePersons,
    SqliteCoverage,
    SqliteApprovals,
    SqliteRetention,
    SqliteWaiting,
    SqliteEscalation,
    SqliteNotices,
    SqliteRegisters,
    SqliteSchedules,
    SqliteFigures,
    SqliteIct,
    SqliteContext,
    SqliteRecipients,
    SqliteQuiet,
    SqlitePasskeys,
):
    """All parts over one database file."""

    def __init__(
        self,
        path: Path,
        trust: str,
        project: Callable[[Append], Projection],
        sign_audit: Sign | None = None,
    ) -> None:
        """Open the store.

        Args:
            path: of the database file.
            trust: short name.
            project: says what a batch changes in the projections.
            sign_audit: with the collector's audit key; None leaves audit rows unsigned, which
                verifying the log then says.
        """
        super().__init__(path, trust, project)
        self._sign_audit = sign_audit
