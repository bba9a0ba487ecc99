"""Says goodbye before the device sleeps or shuts down, and greets after: silence is then explained.

A device that is not heard any more and said nothing is worth somebody's look within minutes; one
whose lid was closed is not. The goodbye is an event like any other, signed and chained. An agent
that is told to end while its device stays on says exactly that: it is no goodbye of the device.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tutelage_agent.host.power import NoPowerWatch, Power, shuts_down
from tutelage_wire.events import IntegrityFinding, IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.host.power import PowerWatch

SEND_SECONDS = 3.0
"""That sleep may wait for the goodbye to be stored: logind waits five, Windows about two."""
EXCUSED_SECONDS = 60.0
"""After waking, a step that came late is the sleep's doing."""


class Goodbye:
    """Thread-safe; ``start`` once the events can be kept."""

    def __init__(
        self,
        power: PowerWatch | None = None,
        ends_with_device: Callable[[], bool] = shuts_down,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hear of sleep from ``power``; ask ``ends_with_device`` why the agent is to end."""
        self._power = power or NoPowerWatch()
        self._ends_with_device, self._ticks = ends_with_device, ticks
        self._woke_at = -EXCUSED_SECONDS
        self.asleep = False
        """From the goodbye to the greeting: no heartbeat may contradict it."""

    def start(
        self,
        report: Callable[[IntegrityFinding], None],
        sent: Callable[[], bool],
        greet: Callable[[], None],
    ) -> None:
        """Begin to listen.

        Args:
            report: keeps a finding.
            sent: whether nothing urgent waits any more.
            greet: called after the device woke, to say how it is.
        """

        def hear(power: Power) -> None:
            if power is Power.SLEEPS:
                self.asleep = True
                report(IntegrityFinding(IntegrityKind.DEVICE_ASLEEP, "the device goes to sleep"))
                deadline = self._ticks() + SEND_SECONDS
                while not sent() and self._ticks() < deadline:
                    time.sleep(0.02)
            else:
                self._woke_at, self.asleep = self._ticks(), False
                report(IntegrityFinding(IntegrityKind.DEVICE_AWAKE, "the device woke up"))
                greet()

        self._power.start(hear)

    def stop(self) -> None:
        """Listen no longer."""
        self._power.stop()

    def last_words(self) -> IntegrityFinding:
        """Return what an agent says that was told to end."""
        if self._ends_with_device():
            return IntegrityFinding(
                IntegrityKind.DEVICE_OFF, "the device shuts down or restarts, and the agent with it"
            )
        return IntegrityFinding(IntegrityKind.AGENT_STOPPED, "asked to stop; the device stays on")

    def excuses(self) -> bool:
        """Tell whether the agent did not run because the device slept."""
        return self.asleep or self._ticks() - self._woke_at < EXCUSED_SECONDS
