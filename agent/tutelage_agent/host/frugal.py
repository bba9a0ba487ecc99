"""Staying out of people's way: low priority, and waiting while the machine has little to give."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable

NICE = 10
"""Not the lowest: an alert must come through within seconds on a busy machine."""
_LOOK_EVERY = 10.0
_BUSY_PERCENT = 85.0
_POLICY_DISK, _SCOPE_PROCESS, _THROTTLE = 0, 0, 3


def give_way() -> None:
    """Give this process low priority for processor and disk; what starts from it inherits that.

    Linux: nice and the idle class for disks. Windows: below normal, and low priority for disks; not
    its background mode, which also takes memory away. macOS: nice and throttled disk, not
    ``taskpolicy -b``, which would slow the network that alerts travel on.
    """
    process = psutil.Process()
    with suppress(OSError, psutil.Error, AttributeError):
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        elif (now := os.getpriority(os.PRIO_PROCESS, 0)) < NICE:
            os.nice(NICE - now)
    with suppress(OSError, psutil.Error, AttributeError):
        if sys.platform == "linux":
            process.ionice(psutil.IOPRIO_CLASS_IDLE)
        elif sys.platform == "win32":
            process.ionice(psutil.IOPRIO_LOW)
        else:
            ctypes.CDLL(None).setiopolicy_np(_POLICY_DISK, _SCOPE_PROCESS, _THROTTLE)


@dataclass(frozen=True, slots=True)
class Strain:
    """What a machine has little of now."""

    on_battery: bool
    processor_percent: float
    """Of all cores, used by others than this agent, since the look before."""


class Machine:
    """Looks at this machine; what the agent itself uses is not counted as strain."""

    def __init__(self) -> None:
        self._before = (0.0, 0.0)

    def __call__(self) -> Strain:
        """Return how strained the machine is; where it does not say, not at all."""
        battery = on_battery()
        with suppress(OSError, psutil.Error):  # Wine has no such counters
            return Strain(battery, self._percent())
        return Strain(battery, 0.0)

    def _percent(self) -> float:
        times = psutil.cpu_times()
        unused = times.idle + getattr(times, "iowait", 0.0)
        everything = times.user + times.system + getattr(times, "nice", 0.0) + unused
        others = everything - unused - _own_seconds()
        before, self._before = self._before, (everything, others)
        passed = everything - before[0]
        if before == (0.0, 0.0) or passed <= 0:
            return 0.0
        return max(0.0, min(100.0, (others - before[1]) / passed * 100))


def _own_seconds() -> float:
    me = psutil.Process()
    used = me.cpu_times()
    total = used.user + used.system + used.children_user + used.children_system
    for child in me.children(recursive=True):
        with suppress(psutil.Error):
            spent = child.cpu_times()
            total += spent.user + spent.system
    return total


def on_battery() -> bool:
    """Tell whether the machine runs from its battery; False where it does not say."""
    battery = None
    with suppress(OSError, psutil.Error, AttributeError, NotImplementedError):
        battery = psutil.sensors_battery()
    return battery is not None and battery.power_plugged is False


class Patience:
    """Says why large work should wait, and for how long at most. Small, urgent work never asks."""

    def __init__(
        self,
        look: Callable[[], Strain] | None = None,
        ticks: Callable[[], float] = time.monotonic,
        *,
        longest_on_battery: float = 900.0,
        longest_under_load: float = 180.0,
        turn: float = 60.0,
    ) -> None:
        """Wait at most so many seconds, and then work for ``turn`` seconds whatever is."""
        self._look, self._ticks, self._turn = look or Machine(), ticks, turn
        self._longest = {
            "on battery": longest_on_battery,
            "the processor is busy": longest_under_load,
        }
        self._since: float | None = None
        self._works_until = 0.0
        self._seen, self._seen_at = "", -_LOOK_EVERY

    def __call__(self) -> str:
        """Return why to wait, or ""."""
        now = self._ticks()
        if now - self._seen_at >= _LOOK_EVERY:
            self._seen, self._seen_at = _reason(self._look()), now
        if not self._seen:
            self._since = None
            return ""
        if now < self._works_until:
            return ""
        if self._since is None:
            self._since = now
        if now - self._since >= self._longest[self._seen]:
            self._since, self._works_until = None, now + self._turn
            return ""
        return self._seen


def _reason(seen: Strain) -> str:
    if seen.on_battery:
        return "on battery"
    return "the processor is busy" if seen.processor_percent >= _BUSY_PERCENT else ""
