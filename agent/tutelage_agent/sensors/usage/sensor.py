"""The usage sensor: signals for the ICT manager, and the weekly share of what is not work."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.lists import CIRCUMVENTION
from tutelage_agent.sensors.observation import Signal, SignalKind
from tutelage_agent.sensors.policy import SensorPolicy
from tutelage_agent.sensors.sensor import InScope, ThreadSensor, everybody
from tutelage_agent.sensors.usage import running
from tutelage_agent.sensors.usage.meter import WORK, Meter
from tutelage_agent.sensors.window_title import blind_at, state_of
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.host.foreground import Desktop, Feed, Foreground
    from tutelage_agent.sensors.lists import Lists
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_agent.sensors.usage.visited import Visited
    from tutelage_wire.times import Clock

IDLE_AFTER = 120
"""Seconds without a key or the pointer after which nobody is taken to sit there."""
LONGEST_STRETCH = 45.0
"""Seconds that one line of the feed stands for at most: it speaks every 30."""


@dataclass(frozen=True, slots=True)
class UsageSettings:
    """What is looked at, and how often. Times are seconds."""

    look_every: float = 15.0
    keep_every: float = 300.0
    programs: bool = True
    drives: bool = True


@dataclass(slots=True)
class _Front:
    """What was in front at a desktop, and since when."""

    seen: Foreground
    at: float


class UsageSensor(ThreadSensor):
    """Emits no text. Desktops are only asked, without titles, where a share is asked for."""

    name = "usage"

    def __init__(
        self,
        feed: Feed,
        lists: Callable[[], Lists],
        visited: Visited,
        tell: Tell,
        state: Path,
        boot: str,
        *,
        pseudonym: Callable[[str], str],
        policy: Callable[[], SensorPolicy] = SensorPolicy,
        settings: UsageSettings | None = None,
        in_scope: InScope = everybody,
        clock: Clock = utc_now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the sensor; nothing is asked before ``start``.

        Args:
            feed: tells which program is in front.
            lists: the lists of programs, as they are now.
            visited: the category of the page that an account reads.
            tell: hears the signals.
            state: folder for the week's counts.
            boot: changes with each boot; a drive is told once a boot.
            pseudonym: turns an account into what may be kept.
            policy: what the signed policy says, as it is now.
            settings: what and how often.
            in_scope: whether anything of an account may be asked.
            clock: the present moment.
            ticks: seconds that only go forward.
        """
        super().__init__(clock)
        self._feed, self._lists, self._visited, self._tell = feed, lists, visited, tell
        self._settings, self._in_scope = settings or UsageSettings(), in_scope
        self._boot, self._pseudonym, self._ticks = boot, pseudonym, ticks
        self._policy, self._meter = policy, Meter(state / "usage.json")
        self._front: dict[str, _Front] = {}
        self._heard: list[tuple[str, str, float, datetime]] = []
        self._private: set[str] = set()
        self._unread_browser = False
        self._drives: set[running.Drive] = set()
        self._tunnels: set[str] = set()

    def blind_spots(self) -> frozenset[Blind]:
        """See ``Sensor.blind_spots``."""
        unread = frozenset({Blind.UNREAD_BROWSER} if self._unread_browser else ())
        return super().blind_spots() | blind_at(self._feed) | unread

    def run(self, emit: Emit) -> None:
        """See ``ThreadSensor.run``."""
        processes = running.Processes()
        self._feed.subscribe(self.name, self._hear, titles=False)
        next_keep = self._ticks() + self._settings.keep_every
        try:
            while not self.stopping.is_set():
                self.look(processes)
                self.say(*state_of(self._feed))
                self.progressed()
                if self._ticks() >= next_keep:
                    self._meter.keep()
                    next_keep = self._ticks() + self._settings.keep_every
                self.stopping.wait(self._settings.look_every)
        finally:
            self._feed.unsubscribe(self.name)
            self._meter.keep()

    def look(self, processes: running.Processes) -> None:
        """Look once at everything, and tell what is new."""
        if self._settings.programs:
            programs, private = processes.look(self._lists(), self._in_scope)
            self._unread_browser = processes.unread_browser
            for found in programs:
                self._tell_program(found)
            self._private.update(private)
            for account in processes.proxied:
                said = "proxy: a browser's own; runs"
                self._once_a_day(SignalKind.CIRCUMVENTION_TOOL, said, account)
            self._tell_tunnels()
        if self._settings.drives:
            self._tell_drives()
        while self._private:
            account = self._private.pop()
            self._once_a_day(SignalKind.PRIVATE_WINDOW, "a browser's private window", account)
        heard, self._heard = self._heard, []
        for account, category, seconds, at in heard:
            self._count(account, category, seconds, at)

    def _hear(self, desktop: Desktop, seen: Foreground) -> None:
        """Take from the feed's thread what is in front now: what was until now has lasted."""
        now, account = self._ticks(), desktop.account
        before = self._front.get(account)
        self._front[account] = _Front(seen, now)
        if seen.private:
            self._private.add(account)
        if before is None or before.seen.idle > IDLE_AFTER or seen.idle > IDLE_AFTER:
            return
        seconds = min(now - before.at, LONGEST_STRETCH)
        at = self.clock()
        self._heard.append((account, self._category(before.seen.program, account, at), seconds, at))

    def _category(self, program: str, account: str, at: datetime) -> str:
        if running.is_browser(program):
            return self._visited.category(account, at)
        listed = self._lists().running(program)
        return listed.category.value if listed is not None else WORK

    def _count(self, account: str, category: str, seconds: float, at: datetime) -> None:
        rule = self._policy().non_work
        over = self._meter.add(self._pseudonym(account), category, seconds, at, rule)
        if over is None:
            return
        self._tell(
            Signal(
                SignalKind.NON_WORK_USE,
                f"over the threshold of {rule.share:.0%} in {over.week}",
                at,
                account,
                about=f"{over.week}|{over.pseudonym}",
            )
        )
        self._meter.told(over)

    def _tell_program(self, found: running.Found) -> None:
        program = found.program
        allowed = self._policy().allowed_programs
        if program.category in CIRCUMVENTION and program.id not in allowed:
            self._once_a_day(
                SignalKind.CIRCUMVENTION_TOOL,
                f"{program.category}: {program.id}; runs",
                found.account,
            )

    def _tell_tunnels(self) -> None:
        up = set(running.tunnels()) - set(self._policy().allowed_tunnels)
        for kind in sorted(up - self._tunnels):
            self._once_a_day(SignalKind.TUNNEL_UP, f"interface: {kind}", "")
        self._tunnels = up

    def _tell_drives(self) -> None:
        now = set(running.drives())
        for drive in sorted(now - self._drives, key=lambda one: one.mountpoint):
            size = f", up to {drive.gigabytes} GB" if drive.gigabytes else ""
            self._tell(
                Signal(
                    SignalKind.STORAGE_ARRIVED,
                    f"removable: {drive.filesystem or 'unknown'}{size}",
                    self.clock(),
                    about=f"{self._boot}|{drive.mountpoint}|{drive.filesystem}|{drive.gigabytes}",
                )
            )
        self._drives = now

    def _once_a_day(self, kind: SignalKind, detail: str, account: str) -> None:
        """Tell; told again on the same day, it is the same event."""
        now = self.clock()
        about = f"{now.date().isoformat()}|{account}"
        self._tell(Signal(kind, detail, now, account, about=about))
