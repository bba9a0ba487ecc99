"""Whether the device goes to sleep, wakes up, or shuts down: so that the agent can say goodbye.

A device that says why it is not heard any more worries nobody; one that says nothing does. Where a
system tells nothing of sleep (macOS, and Linux without logind), nothing is made up.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Power(StrEnum):
    """What the system says of itself."""

    SLEEPS = "sleeps"
    """It goes to sleep as soon as whoever was told has answered, or after some seconds."""
    WAKES = "wakes"


class PowerWatch(Protocol):
    """Hears of sleep."""

    def start(self, tell: Callable[[Power], None]) -> None:
        """Begin; ``tell`` is called from a thread of the watch, and sleep waits for its return."""

    def stop(self) -> None:
        """End; nothing is told afterwards."""


class NoPowerWatch:
    """A system that tells nothing of sleep, or is not asked."""

    def start(self, tell: Callable[[Power], None]) -> None:
        """See ``PowerWatch.start``."""

    def stop(self) -> None:
        """See ``PowerWatch.stop``."""


def power_watch() -> PowerWatch:
    """Return this system's watch."""
    if sys.platform == "win32":
        from tutelage_agent.host.power.windows import WindowsPowerWatch

        return WindowsPowerWatch()
    if sys.platform == "linux":
        from tutelage_agent.host.power.linux import LogindWatch

        return LogindWatch()
    return NoPowerWatch()


def shuts_down() -> bool:
    """Tell whether the device itself is on its way down; False where that cannot be told."""
    if sys.platform == "win32":
        from tutelage_agent.host.power import windows

        return windows.shuts_down()
    if sys.platform == "linux":
        from tutelage_agent.host.power import linux

        return linux.shuts_down()
    return False
