"""What the store promises about holds and erasing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import ConcernId
    from tutelage_collector.store.records_rights import Erasure, Hold, Place


class RightsStore(Protocol):
    """Holds, and erasing that leaves every chain verifiable."""

    def add_hold(self, hold: Hold) -> None:
        """Keep a hold, with its audit row."""

    def holds(self, school: str | None = None) -> list[Hold]:
        """Return all holds, the released ones too, newest first."""

    def release_hold(self, hold_id: str, by: str, now: datetime) -> Hold:
        """Release a hold, with its audit row.

        Raises:
            NotFoundError: there is none of this id that still holds.
        """

    def alerts_before(self, moment: datetime) -> list[Alert]:
        """Return alerts that were received before a moment, oldest first."""

    def alerts_of_account(self, account: str) -> list[Alert]:
        """Return all alerts of an account's pseudonym, oldest first."""

    def unchanging_before(self, moment: datetime) -> list[Place]:
        """Return events that say again what was said before and after them, from before a moment.

        Heartbeats but the latest of a device, and judgements with the status of those before
        them: without them the tables made anew are the same.
        """

    def erase(
        self, places: Sequence[Place], by: str, reason: str, approval_id: str, now: datetime
    ) -> int:
        """Replace events by their leaf hashes, in one transaction; return how many.

        Signatures, chains, Merkle roots and counts stay as they are; alerts of these events are
        gone, and so are their bytes in the files of the database.
        """

    def erasures(self) -> list[Erasure]:
        """Return erased alerts, newest first."""

    def erase_words(self, concern_id: ConcernId, by: str, reason: str, now: datetime) -> int:
        """Erase what was written in a concern; its steps and counts stay. Return how many lines."""
