"""What the store promises about rows that go by the clock alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_retention import Cut
    from tutelage_collector.store.records_rights import Place


class RetentionStore(Protocol):
    """Counting what is due, and clearing it."""

    def rows_due(self, cut: Cut) -> int:
        """Return how many rows of a kind are due."""

    def places_due(self, cut: Cut) -> list[Place]:
        """Return the events of a kind that are due, for ``erase``; none for a kind without."""

    def clear_rows(self, cut: Cut, by: str, reason: str, now: datetime) -> int:
        """Clear what is due of a kind, with its audit row; return how many rows.

        Of devices that left, what tells them apart in a cupboard goes; keys and ids stay, because
        what they signed must verify for years.
        """
