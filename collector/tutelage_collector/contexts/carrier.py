"""Carries requests to the devices that are connected, and to others when they come back.

A device is told which of its findings are asked about, and nothing else. Once in a connection, and
again in the next one until the answer is stored: a device that was killed or full is asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutelage_collector import excerpts
from tutelage_collector.errors import StoreError
from tutelage_wire.context import MOST_ASKED_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_context import ContextRequest
    from tutelage_wire.events import DeviceId, EventId
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
_EVERY_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class _Held:
    """One connected device."""

    device_id: DeviceId
    tell: Callable[[list[EventId]], None]
    told: set[EventId] = field(default_factory=set)


class Carrier:
    """Touched by one event loop only; the store is asked in a thread."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Carry what ``store`` holds."""
        self._store, self._clock = store, clock
        self._held: set[_Held] = set()

    @contextlib.contextmanager
    def hold(self, device_id: DeviceId, tell: Callable[[list[EventId]], None]) -> Iterator[None]:
        """Tell a connected device what is asked of it, for as long as the block lasts."""
        held = _Held(device_id, tell)
        self._held.add(held)
        try:
            yield
        finally:
            self._held.discard(held)

    async def run(self) -> None:
        """Look once a second, also for what another process has asked."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self.look()
            except StoreError as error:
                _LOG.error("requests for more of a text cannot be read: %s", error)

    async def look(self) -> None:
        """Tell every connected device what it was not told in this connection.

        Raises:
            StoreError: the store cannot be read.
        """
        held = tuple(self._held)
        if not held:
            return
        asked = await asyncio.to_thread(self._asked, {one.device_id for one in held})
        for one in held:
            fresh = [name for name in asked.get(one.device_id, ()) if name not in one.told]
            if fresh and one in self._held:
                one.told.update(fresh[:MOST_ASKED_AT_ONCE])
                one.tell(fresh[:MOST_ASKED_AT_ONCE])

    def _asked(self, devices: set[DeviceId]) -> dict[DeviceId, list[EventId]]:
        requests = self._store.open_context_requests(self._clock())
        if not requests:
            return {}
        return {device: self._of(device, requests) for device in devices}

    def _of(self, device: DeviceId, requests: Sequence[ContextRequest]) -> list[EventId]:
        """Return what is asked of a device, also of what it reported before it joined again."""
        names = set(excerpts.names_of(device, self._store))
        mine = [one.finding for one in requests if one.device_id in names]
        if not mine:
            return []
        answered = {
            one.finding for one in self._store.context_answers(mine) if one.device_id in names
        }
        return [one for one in dict.fromkeys(mine) if one not in answered]
