"""What every rotation drill counts: events that were kept, and events that are stored."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from processes import wait_until
from tutelage_wire import codec
from tutelage_wire.events import IctFinding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from linked_device import Linked
    from live_collector import LiveCollector
    from tutelage_collector.store import Store
    from tutelage_wire.events import Body, Event, EventId

BROKEN = {"sequence_gap", "chain_fork", "batch_refused", "epoch_opened", "events_dropped",
          "spool_quarantined"}  # fmt: skip
"""What a device's page would say if a drill had cost anything."""


def nothing_lost(store: Store, kept: Iterable[EventId], stored: Iterable[Event]) -> None:
    """Fail unless each event is stored exactly once, in an unbroken chain."""
    counts = Counter(event.id for event in stored)
    wanted = set(kept)
    assert wanted, "the drill sent nothing"
    assert {one: counts[one] for one in wanted if counts[one] != 1} == {}
    assert store.check() == []
    assert [one.kind for one in store.integrity(limit=10_000) if one.kind in BROKEN] == []
    assert {view.device.epoch for view in store.devices()} == {1}


class Flow:
    """Events that are kept as long as the block lasts, and must all be stored once."""

    def __init__(
        self, device: Linked, body: Callable[[EventId], Body] | None = None, pause: float = 0.005
    ) -> None:
        """Keep what ``body`` makes for a new event's id; by default numbered findings for ICT."""
        self.device, self.pause = device, pause
        self.kept: list[EventId] = []
        self._body = body or (lambda _: IctFinding("numbered", f"number {len(self.kept)}"))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep)

    def _keep(self) -> None:
        while not self._stop.wait(self.pause):
            event_id = codec.new_event_id()
            self.kept.append(self.device.reporter.report(self._body(event_id), event_id))

    def on(self, events: int = 40) -> int:
        """Wait until so many more are kept and stored."""
        wanted = len(self.kept) + events
        wait_until(lambda: len(self.kept) > wanted, 20, "kept")
        wait_until(lambda: self.device.spool.stats().events < 30, 20, "sent")
        return len(self.kept)

    @contextmanager
    def flowing(self) -> Iterator[Flow]:
        with self.device.running():
            wait_until(lambda: self.device.uplink.state.connected, 20, "connected")
            self._thread.start()
            try:
                yield self
            finally:
                self._stop.set()
                self._thread.join()
            wait_until(lambda: self.device.spool.stats().events == 0, 20, "all sent")

    def nothing_lost(self, collector: LiveCollector) -> None:
        with collector.store() as store:
            stored = [
                codec.decode_event(data)
                for one in store.batches()
                for data in codec.decode_batch(one.raw).events
            ]
            nothing_lost(store, self.kept, stored)


@contextmanager
def typed(phrase: str) -> Iterator[int]:
    """Give a passphrase on a descriptor, as a shell does with 3<<<."""
    reader, writer = os.pipe()
    os.write(writer, phrase.encode())
    os.close(writer)
    try:
        yield reader
    finally:
        os.close(reader)
