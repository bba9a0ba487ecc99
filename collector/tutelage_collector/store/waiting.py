"""What the store promises about devices that wait to be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_waiting import WaitingDevice
    from tutelage_wire.events import DeviceId


class WaitingStore(Protocol):
    """Requests to join that a person decides. Each step is kept together with its audit row."""

    def add_waiting(self, waiting: WaitingDevice) -> None:
        """Keep a request; one of the same device replaces what it asked before."""

    def waiting(self, school: str | None = None) -> list[WaitingDevice]:
        """Return all requests, newest first."""

    def waiting_request(self, request_id: str) -> WaitingDevice | None:
        """Return one request."""

    def waiting_of(self, device_id: DeviceId) -> WaitingDevice | None:
        """Return the request of a device."""

    def decide_waiting(self, request_id: str, by: str, now: datetime, *, approve: bool) -> None:
        """Let a device in, or not.

        Raises:
            NotFoundError: there is none of this id that still waits.
        """

    def end_waiting(self, request_id: str) -> None:
        """Forget a request: its device has joined."""
