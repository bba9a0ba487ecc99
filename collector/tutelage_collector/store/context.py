"""What the store promises about requests for more of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store.records_context import ContextRequest, ReceivedContext
    from tutelage_wire.events import DeviceId, EventId


class ContextStore(Protocol):
    """Requests (human-made) and answers (a projection)."""

    def ask_context(self, request: ContextRequest, since: datetime, most: int) -> None:
        """Keep a request together with its audit row.

        Args:
            request: the new one.
            since: from when on this account's requests are counted.
            most: so many the account may make since then, this one too.

        Raises:
            NotAllowedError: it would be one too many.
        """

    def context_requests(self, school: str | None = None, limit: int = 200) -> list[ContextRequest]:
        """Return requests, newest first."""

    def context_requests_of(self, findings: Sequence[EventId]) -> list[ContextRequest]:
        """Return all requests about findings, newest first."""

    def open_context_requests(self, now: datetime) -> list[ContextRequest]:
        """Return requests whose time is not over, the oldest first, answered or not."""

    def context_answers(self, findings: Sequence[EventId]) -> list[ReceivedContext]:
        """Return all answers about findings, of whichever device, in the order of their coming."""

    def heir_of(self, device_id: DeviceId) -> DeviceId | None:
        """Return the latest name that a device joined again under; None = it did not."""

    def last_heard(self, device_id: DeviceId) -> datetime | None:
        """Return when a device was last heard; None = never."""

    def stray_context_answers(self, before: datetime) -> list[ReceivedContext]:
        """Return answers from before a moment whose finding is not (any more) an alert here."""
