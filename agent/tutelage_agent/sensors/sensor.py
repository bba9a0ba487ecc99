"""The shape of a sensor, and the thread that most of them are."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from tutelage_agent.sensors.blind import Blind
from tutelage_wire.events import SensorReport, SensorState

if TYPE_CHECKING:
    from tutelage_agent.sensors.observation import Emit
    from tutelage_wire.times import Clock

log = logging.getLogger(__name__)

LONGEST_BACKOFF = 60.0
"""Seconds between two attempts of a sensor that keeps failing."""


MayWatch = Callable[[datetime], bool]


def always(_: datetime) -> bool:
    """Let everything be looked at."""
    return True


InScope = Callable[[str], bool]
"""Whether anything of an account may be opened. Out of scope is not opened, not read and dropped;
so it is asked before a folder is listed, a file or a history is opened, a desktop is looked at."""


def everybody(_: str) -> bool:
    """Leave no account out."""
    return True


class Sensor(Protocol):
    """A source of text. Out of scope means that it is not started, not that it is ignored."""

    @property
    def name(self) -> str:
        """Short and stable: ``files``, ``browser_history``."""
        ...

    def start(self, emit: Emit, may_watch: MayWatch = always) -> None:
        """Begin; returns at once. ``emit`` is called from the sensor's own thread.

        Args:
            emit: takes what was seen.
            may_watch: whether what happened at a moment may be looked at: an evening's work that
                lies there in the morning was outside of the policy's hours, and is not read.
        """
        ...

    def stop(self) -> None:
        """End and wait for the thread; nothing is emitted afterwards."""
        ...

    def report(self, now: datetime) -> SensorReport:
        """Say what the sensor is doing and when it last got somewhere; callable at any time."""
        ...

    def blind_spots(self) -> frozenset[Blind]:
        """Say what this sensor cannot see now, though it runs; callable at any time."""
        ...


class ThreadSensor(ABC):
    """A sensor with one thread, whose failure is a state and a retry, never the agent's end."""

    name: str = ""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = SensorState.PAUSED
        self._reason = "not started"
        self._progress: datetime | None = None
        self._emit: Emit | None = None
        self.may_watch: MayWatch = always

    @abstractmethod
    def run(self, emit: Emit) -> None:
        """Work until ``self.stopping`` is set. May raise: it is then called again, later."""

    def wake(self) -> None:  # noqa: B027 - nothing to interrupt is a fine answer
        """Interrupt whatever ``run`` waits for; called by ``stop`` after ``stopping`` is set."""

    def start(self, emit: Emit, may_watch: MayWatch = always) -> None:
        """See ``Sensor.start``."""
        if self._thread is not None:
            raise RuntimeError(f"sensor {self.name} is already started: stop it first")
        self.may_watch = may_watch
        self.stopping.clear()
        self._emit = emit
        self.say(SensorState.RUNNING, "")
        self._thread = threading.Thread(target=self._keep_running, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """See ``Sensor.stop``."""
        self.stopping.set()
        self.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.say(SensorState.PAUSED, "stopped")

    def report(self, now: datetime) -> SensorReport:
        """See ``Sensor.report``."""
        return SensorReport(self.name, self._state, self._reason, self._progress)

    def blind_spots(self) -> frozenset[Blind]:
        """See ``Sensor.blind_spots``; a sensor adds its own to these."""
        return frozenset({Blind.FAILED} if self._state is SensorState.FAILED else ())

    def say(self, state: SensorState, reason: str) -> None:
        """Set what ``report`` answers. ``reason`` holds numbers and causes, never a path."""
        self._state, self._reason = state, reason

    def progressed(self) -> None:
        """Note that the sensor got somewhere, now."""
        self._progress = self.clock()

    def _keep_running(self) -> None:
        assert self._emit is not None  # noqa: S101 - start() set it; narrows the type
        backoff = 1.0
        while not self.stopping.is_set():
            began = self.clock()
            try:
                self.run(self._emit)
            except Exception as error:
                # The other sensors must go on. The message could quote a path, so that only
                # the kind of error is told.
                kind = type(error).__name__
                log.warning(
                    "sensor %s failed: %s; next attempt in %.0f s", self.name, kind, backoff
                )
                self.say(SensorState.FAILED, kind)
                self.stopping.wait(backoff)
                lasted = (self.clock() - began).total_seconds()
                backoff = 1.0 if lasted > LONGEST_BACKOFF else min(backoff * 2, LONGEST_BACKOFF)
