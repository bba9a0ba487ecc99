"""Alerts once people are involved: episodes, acknowledgements, who was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_alerting import AlertState, Episode, Placed, Standing
    from tutelage_wire.events import DeviceId, EventId


class AlertingStore(Protocol):
    """Episodes and how alerts stand. Made by people and by the clock: no projection."""

    def taken_in(self) -> int:
        """Return the cursor (of ``alerts_after``) up to which alerts are in episodes."""

    def take_in(self, before: int, after: int, placed: Sequence[Placed]) -> bool:
        """Keep newly placed alerts, and move the cursor on.

        Args:
            before: the cursor from which ``placed`` was worked out.
            after: the cursor behind the last of them.
            placed: in storing order; the last one of an episode holds how it stands.

        Returns:
            False if another process was quicker: nothing was kept, work it out again.
        """

    def open_episode(self, device_id: DeviceId, account: str, since: datetime) -> list[Episode]:
        """Return episodes that nobody has acknowledged, with an alert since a moment."""

    def alike(
        self, since: datetime, *, account: str | None = None, school: str | None = None,
        subcategory: str | None = None,
    ) -> list[Alert]:  # fmt: skip
        """Return real alerts (no self-tests) received since a moment, oldest first."""

    def episodes(
        self, school: str | None = None, *, waiting: bool = False, limit: int = 200
    ) -> list[Episode]:
        """Return episodes, the latest first; ``waiting`` = those at which somebody should look."""

    def episode(self, episode_id: EventId) -> Episode | None:
        """Return one episode."""

    def episode_alerts(self, episode_id: EventId) -> list[Alert]:
        """Return an episode's alerts, oldest first."""

    def alert_states(self, event_ids: Collection[EventId]) -> dict[EventId, AlertState]:
        """Return how some alerts stand; those not taken in yet are missing."""

    def mark_alerts(
        self, event_ids: Collection[EventId], standing: Standing, by: str, now: datetime
    ) -> list[EventId]:
        """Let a person move alerts on; whatever it is, it acknowledges their whole episodes.

        Args:
            event_ids: alerts, all taken in.
            standing: where they go; not NEW.
            by: the account.
            now: the present moment.

        Returns:
            The episodes that nobody had acknowledged before.

        Raises:
            NotFoundError: one of them is not known; nothing was changed.
        """

    def alerting_changed(self) -> int:
        """Return something that differs once any alert stands differently."""
