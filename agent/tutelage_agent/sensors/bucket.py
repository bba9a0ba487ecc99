"""A token bucket: so much at once, and so much in the long run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Bucket:
    """Not thread-safe: its owner's lock or thread is around it."""

    def __init__(
        self, size: float, refill_every: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        """Hold ``size`` tokens, full at first, and one more each ``refill_every`` seconds."""
        self._size, self._every, self._ticks = size, refill_every, ticks
        self._tokens, self._filled_at = float(size), ticks()

    def take(self, amount: float = 1.0) -> bool:
        """Take ``amount`` if it is there; say whether it was."""
        if self.left() < amount:
            return False
        self._tokens -= amount
        return True

    def spend(self, amount: float) -> None:
        """Take ``amount`` that was used already; the bucket may owe for it."""
        self.left()
        self._tokens -= amount

    def left(self) -> float:
        """Return what is there now; below 0 it is owed."""
        now = self._ticks()
        self._tokens = min(self._size, self._tokens + (now - self._filled_at) / self._every)
        self._filled_at = now
        return self._tokens
