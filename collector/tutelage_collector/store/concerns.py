"""What the store promises about concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import (
        ActionId,
        Change,
        Concern,
        ConcernId,
        Entry,
        IctAction,
    )
    from tutelage_wire.events import EventId


class ConcernStore(Protocol):
    """Concerns, their timelines, and what ICT is asked to do."""

    def add_concern(self, change: Change) -> None:
        """Keep a new concern with its first lines and alerts, in one transaction.

        Raises:
            StoreError: there is one of this id, or a line of one of these ids.
        """

    def change_concern(self, change: Change, before: Concern) -> None:
        """Keep one step of a concern, in one transaction.

        Raises:
            ConflictError: somebody else changed it since ``before`` was read.
            NotFoundError: there is no such concern.
        """

    def concern(self, concern_id: ConcernId) -> Concern | None:
        """Return one concern."""

    def concerns(self, school: str | None = None, limit: int = 500) -> list[Concern]:
        """Return concerns: open ones before closed ones, most urgent first, then newest first."""

    def concern_entries(self, concern_id: ConcernId) -> list[Entry]:
        """Return a concern's timeline, oldest first."""

    def concern_alerts(self, concern_id: ConcernId) -> list[Alert]:
        """Return a concern's alerts that are still stored, oldest first."""

    def concern_events(self, concern_id: ConcernId) -> list[EventId]:
        """Return the ids of a concern's alerts, those that were erased since too."""

    def concerns_of(self, events: Iterable[EventId]) -> dict[EventId, list[ConcernId]]:
        """Return in which concerns alerts are, for those that are in one."""

    def alerts_between(
        self, school: str, since: datetime, until: datetime, limit: int = 20_000
    ) -> list[Alert]:
        """Return a school's alerts received in a window, newest first."""

    def ict_actions(self, school: str | None = None) -> list[IctAction]:
        """Return what ICT is asked to do: open ones before done ones, most pressing first."""

    def ict_action(self, action_id: ActionId) -> IctAction | None:
        """Return one."""

    def finish_ict_action(self, action_id: ActionId, entry: Entry, by: str, now: datetime) -> None:
        """Say that it is done, and write the line into its concern's timeline.

        Raises:
            NotFoundError: there is none of this id that is still open.
        """
