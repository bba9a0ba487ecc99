"""Which devices have streams open, so that a revocation cuts them and a stop ends them in order.

A stream is ended by telling its handler, never by cancelling its task: a cancelled handler would
leave the agent without a status, waiting.
"""

from __future__ import annotations

import contextlib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tutelage_wire.events import DeviceId


class Ending(StrEnum):
    """Why the collector ends a stream."""

    REVOKED = "revoked"
    RENEW = "renew"
    """The authority of its certificate was revoked: it renews, and comes again."""
    CLOSING = "closing"


class Streams:
    """All open streams of one listener. Touched by its event loop only."""

    def __init__(self) -> None:
        """Begin without any."""
        self._ends: dict[DeviceId, set[Callable[[Ending], None]]] = {}

    @contextlib.contextmanager
    def hold(self, device_id: DeviceId, end: Callable[[Ending], None]) -> Iterator[None]:
        """Count a stream for as long as the block lasts; ``end`` is how its handler is told."""
        self._ends.setdefault(device_id, set()).add(end)
        try:
            yield
        finally:
            held = self._ends[device_id]
            held.discard(end)
            if not held:
                del self._ends[device_id]

    def devices(self) -> set[DeviceId]:
        """Return who is connected now."""
        return set(self._ends)

    def end(self, devices: Iterable[DeviceId], why: Ending) -> None:
        """Tell all streams of some devices to end."""
        for device_id in devices:
            for tell in tuple(self._ends.get(device_id, ())):
                tell(why)
