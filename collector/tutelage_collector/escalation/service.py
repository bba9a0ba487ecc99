"""The running part: looks every second whose turn it is, and sends what waits.

Threads of its own, because a mail server that hangs must not hold up pages or devices.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tutelage_collector.errors import CollectorError
from tutelage_collector.escalation.watch import Watch
from tutelage_collector.rota.model import WayKind

if TYPE_CHECKING:
    from tutelage_collector.bus import Bus
    from tutelage_collector.notify.outbox import Outbox
    from tutelage_collector.store import Store
    from tutelage_wire.times import Clock

_LOG = logging.getLogger(__name__)
Aside = Callable[[str, Callable[[], object]], Awaitable[None]]
"""Runs something in a thread of escalation's own."""
_TICK_SECONDS = 1.0
_END_SECONDS = 3.0


class Escalation:
    """One for each running collector."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        clock: Clock,
        outbox: Outbox,
        say: Callable[[str], None],
    ) -> None:
        """Prepare; ``run`` begins.

        Args:
            store: of the collector.
            bus: tells of new alerts, and is told when one stands differently.
            clock: the collector's.
            outbox: sends.
            say: told what a person at the console should know.
        """
        self._store, self._bus, self._clock = store, bus, clock
        self._outbox, self._say = outbox, say
        self._watch = Watch(store)
        self._wake = {kind: asyncio.Event() for kind in WayKind}
        self._broken: set[str] = set()
        self._changed = 0

    async def run(self) -> None:
        """Watch and deliver until cancelled; what is being sent then gets a moment to end."""
        threads = ThreadPoolExecutor(1 + len(WayKind), thread_name_prefix="escalation")
        running: set[asyncio.Future[None]] = set()
        loop = asyncio.get_running_loop()

        async def aside(part: str, what: Callable[[], object]) -> None:
            future = loop.run_in_executor(threads, self._guarded, part, what)
            running.add(future)
            future.add_done_callback(running.discard)
            await asyncio.shield(future)

        try:
            await aside("start", self._outbox.recover)
            await asyncio.gather(
                self._watching(aside), *(self._delivering(aside, kind) for kind in WayKind)
            )
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            if running:
                await asyncio.wait(tuple(running), timeout=_END_SECONDS)

    async def _watching(self, aside: Aside) -> None:
        with self._bus.watch() as news:
            while True:
                await aside("watch", self._look)
                for wake in self._wake.values():
                    wake.set()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.get(), _TICK_SECONDS)
                while not news.empty():
                    news.get_nowait()

    def _look(self) -> None:
        told = self._watch.tick(self._clock())
        present = self._store.alerting_changed()
        if told or present != self._changed:  # also what a command in another process did
            self._changed = present
            self._bus.touch()

    async def _delivering(self, aside: Aside, kind: WayKind) -> None:
        wake = self._wake[kind]
        while True:
            await wake.wait()
            wake.clear()
            await aside(kind.value, lambda: self._outbox.deliver(kind))

    def _guarded(self, part: str, what: Callable[[], object]) -> None:
        try:
            what()
        except CollectorError as error:
            self._trouble(part, str(error))
        except Exception as error:  # nothing may end this for good: somebody must be told
            _LOG.exception("escalation: %s failed", part)
            self._trouble(part, type(error).__name__)
        else:
            self._broken.discard(part)

    def _trouble(self, part: str, says: str) -> None:
        _LOG.error("escalation cannot go on (%s): %s", part, says)
        if part not in self._broken:
            self._broken.add(part)
            self._say("People cannot be told of alerts now: see the log. It goes on trying.")
