"""What the store promises about what devices tell the ICT manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import date

    from tutelage_collector.store.records_ict import ReceivedIctFinding, SiteCount


class IctStore(Protocol):
    """Projections: written with the batches that they come from."""

    def ict_findings(
        self, school: str | None = None, kind: str = "", limit: int = 200
    ) -> list[ReceivedIctFinding]:
        """Return findings for ICT, newest first; of one kind where one is named."""

    def site_counts(self, since: date, school: str | None = None) -> list[SiteCount]:
        """Return visits by day and category, newest day first, most visits first."""
