"""What every sensor's tests share: something that hears what a sensor says."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from tutelage_wire.events import Channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.sensors.observation import Observation, Signal


class Heard:
    """Takes observations and signals; refuses observations while ``broken`` is set."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self.signals: list[Signal] = []
        self.times: list[float] = []
        self.broken: Exception | None = None
        self._changed = threading.Condition()

    def emit(self, observation: Observation) -> None:
        with self._changed:
            if self.broken is not None:
                raise self.broken
            self.observations.append(observation)
            self.times.append(time.monotonic())
            self._changed.notify_all()

    def tell(self, signal: Signal) -> None:
        with self._changed:
            self.signals.append(signal)
            self._changed.notify_all()

    def texts(self, channel: Channel = Channel.FILE) -> list[str]:
        with self._changed:
            return [o.text for o in self.observations if o.channel is channel]

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {seconds} s; heard {self.texts()} {self.signals}"
            with self._changed:
                self._changed.wait(min(left, 0.02))


@pytest.fixture
def heard() -> Heard:
    return Heard()
