"""The window-title sensor: the title of the window in front, matched like any other text.

Driven by change: a title that stays, or comes back within some minutes, is brought once. Titles
that pour (a page that counts in its title) are bounded by a bucket. The title of a window that says
that it is private is not read; that there was one is told by ``usage``.
"""

from __future__ import annotations

import hashlib
import queue
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.bucket import Bucket
from tutelage_agent.sensors.observation import observation
from tutelage_agent.sensors.sensor import ThreadSensor
from tutelage_wire.events import Channel, SensorState
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.host.foreground import Desktop, Feed, Foreground
    from tutelage_agent.sensors.observation import Emit
    from tutelage_wire.times import Clock

AGAIN_AFTER = 600.0
"""Seconds within which the same title of the same account is not brought again."""
MOST_REMEMBERED = 2_000
PER_MINUTE = 40
"""Titles that are matched in a minute, of all desktops; half of it at once."""
MOST_WAITING = 100
LOOK_EVERY = 5.0


class WindowTitleSensor(ThreadSensor):
    """Emits ``Channel.WINDOW``. The feed looks at no desktop of an account that is left out."""

    name = "window_title"

    def __init__(
        self,
        feed: Feed,
        *,
        clock: Clock = utc_now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the sensor; no desktop is asked before ``start``.

        Args:
            feed: tells what is in front.
            clock: the present moment.
            ticks: seconds that only go forward.
        """
        super().__init__(clock)
        self._feed, self._ticks = feed, ticks
        self._waiting: queue.Queue[tuple[Desktop, Foreground] | None] = queue.Queue(MOST_WAITING)
        self._recent: OrderedDict[bytes, float] = OrderedDict()
        self._bucket = Bucket(PER_MINUTE / 2, 60.0 / PER_MINUTE, ticks)
        self._dropped = 0

    def blind_spots(self) -> frozenset[Blind]:
        """See ``Sensor.blind_spots``."""
        return super().blind_spots() | blind_at(self._feed) | {Blind.PRIVATE_WINDOWS}

    def wake(self) -> None:
        """See ``ThreadSensor.wake``."""
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return

    def run(self, emit: Emit) -> None:
        """See ``ThreadSensor.run``."""
        self._feed.subscribe(self.name, self._hear, titles=True)
        try:
            while not self.stopping.is_set():
                try:
                    heard = self._waiting.get(timeout=LOOK_EVERY)
                except queue.Empty:
                    self._say()
                    continue
                if heard is not None:
                    self._bring(*heard, emit)
        finally:
            self._feed.unsubscribe(self.name)

    def _hear(self, desktop: Desktop, seen: Foreground) -> None:
        if not seen.title:
            return
        try:
            self._waiting.put_nowait((desktop, seen))
        except queue.Full:
            self._dropped += 1

    def _bring(self, desktop: Desktop, seen: Foreground, emit: Emit) -> None:
        now = self._ticks()
        told = f"{desktop.account}\0{seen.title}".encode()
        known = hashlib.blake2b(told, digest_size=12).digest()
        last = self._recent.pop(known, None)
        if last is not None and now - last < AGAIN_AFTER:
            self._recent[known] = last
            return
        if not self._bucket.take():
            self._dropped += 1
            return
        emit(
            observation(
                seen.title,
                Channel.WINDOW,
                account=desktop.account,
                source=seen.program,
                occurred_at=self.clock(),
            )
        )
        self._recent[known] = now
        if len(self._recent) > MOST_REMEMBERED:
            self._recent.popitem(last=False)
        self.progressed()
        self._say()

    def _say(self) -> None:
        self.say(*state_of(self._feed, self._dropped))


def state_of(feed: Feed, dropped: int = 0) -> tuple[SensorState, str]:
    """Return state and reason of a sensor that depends on desktops."""
    seen = feed.coverage
    parts = [f"{seen.seen} desktops seen"]
    if seen.wayland:
        parts.append(f"{seen.wayland} on Wayland")
    if seen.refused:
        parts.append(f"{seen.refused} refused")
    if dropped:
        parts.append(f"{dropped} titles beyond the bound")
    blind = not seen.seen and (seen.wayland or seen.refused or seen.unsupported)
    return (SensorState.BLIND if blind else SensorState.RUNNING), ", ".join(parts)


def blind_at(feed: Feed) -> frozenset[Blind]:
    """Return why the window in front is not seen at some desktops now."""
    seen = feed.coverage
    found = {
        Blind.WAYLAND: seen.wayland > 0,
        Blind.NO_DESKTOP_ACCESS: seen.refused > 0,
        Blind.NOT_ON_THIS_SYSTEM: seen.unsupported,
    }
    return frozenset(reason for reason, holds in found.items() if holds)
