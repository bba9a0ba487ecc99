"""Notices that the agent itself did not run for a time, and that the device's clock is wrong.

A person with rights can stop a process without ending it (SIGSTOP, a debugger), act, and let it go
on: nothing is logged anywhere. What shows is that no step was taken for longer than a busy machine
explains. A device that slept looks the same on systems whose steady clock counts sleep, unless its
system told of it; the finding says only what was seen.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tutelage_wire.events import IntegrityFinding, IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_SECONDS = 5.0
HOLE_SECONDS = 30.0
"""A step that came later than this was not late because the machine was busy."""
CLOCK_MS = 120_000
"""More than this from the collector's clock is wrong, and said."""


async def watch(
    stop: asyncio.Event,
    report: Callable[[IntegrityFinding], None],
    clock_offset_ms: Callable[[], int],
    every: float = EVERY_SECONDS,
    hole: float = HOLE_SECONDS,
    excused: Callable[[], bool] = lambda: False,
) -> None:
    """Take a step ``every`` seconds until ``stop`` is set; report steps that came too late.

    Args:
        stop: set when the agent ends.
        report: takes a finding.
        clock_offset_ms: the collector's clock less the device's, as last heard.
        every: seconds between two steps.
        hole: seconds by which a step may be late.
        excused: whether the device has just slept, as its system said.
    """
    last, wrong = time.monotonic(), False
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
        now = time.monotonic()
        late = now - last - every
        last = now
        if late > hole and not excused():
            said = f"the agent did not run for {round(late)} seconds: stopped, or the device slept"
            report(IntegrityFinding(IntegrityKind.TIME_HOLE, said))
        offset = clock_offset_ms()
        if (abs(offset) > CLOCK_MS) != wrong:
            wrong = not wrong
            if wrong:
                said = f"the device's clock is {-offset // 1000} seconds off the collector's"
                report(IntegrityFinding(IntegrityKind.CLOCK_WRONG, said))
