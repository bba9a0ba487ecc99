"""New alerts, from the writer's thread to whoever watches: pages and escalation.

In process, and only after the commit: what is seen here is stored. A watcher that falls behind
loses nothing but the live view; what it missed is in the store.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutelage_collector.store.records import Alert


class Changed:
    """No new alert, but people or the clock moved one on."""


CHANGED = Changed()
WAITING = 1_000
"""Alerts that one watcher may leave unread before the oldest are passed over."""


class Bus:
    """Hands alerts to all watchers of one event loop."""

    def __init__(self) -> None:
        """Begin without watchers."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[Alert | Changed | None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say on which loop the watchers live."""
        self._loop = loop

    def publish(self, alerts: Sequence[Alert]) -> None:
        """Hand alerts on. From any thread; never waits."""
        if self._loop is not None and alerts:
            self._later(tuple(alerts))

    def touch(self) -> None:
        """Say that an alert stands differently than before. From any thread; never waits."""
        self._later((CHANGED,))

    @contextlib.contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Alert | Changed | None]]:
        """Give a queue of new alerts for as long as the block lasts; None = the server stops."""
        queue: asyncio.Queue[Alert | Changed | None] = asyncio.Queue(WAITING)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """Tell all watchers that nothing more comes."""
        for queue in self._queues:
            _put(queue, None)

    def _later(self, news: tuple[Alert | Changed, ...]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._deliver, news)

    def _deliver(self, news: tuple[Alert | Changed, ...]) -> None:
        for queue in self._queues:
            for one in news:
                _put(queue, one)


def _put(queue: asyncio.Queue[Alert | Changed | None], item: Alert | Changed | None) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(item)
