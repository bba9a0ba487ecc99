"""What reading documents costs in processor time, by kind, and a budget that names its spender."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AT_ONCE = 180.0
"""Seconds of processor time that catching up may use in one go: some 30,000 office documents."""
SHARE = 0.05
"""Of one core, in the long run."""


class Costs:
    """Thread-safe. Who reads for a person that waits does not ask; who catches up does."""

    def __init__(self, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._left, self._filled_at = AT_ONCE, ticks()
        self._milliseconds: Counter[str] = Counter()
        self._files: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, kind: str, milliseconds: int) -> None:
        """Note what reading one document cost."""
        with self._lock:
            self._fill()
            self._left -= milliseconds / 1000
            self._milliseconds[kind or "unknown"] += milliseconds
            self._files[kind or "unknown"] += 1

    def waits(self) -> str:
        """Return why catching up should wait, with the kind that cost most; or ""."""
        with self._lock:
            self._fill()
            if self._left > 0:
                return ""
            kind, spent = self._milliseconds.most_common(1)[0]
            return (
                f"the budget for reading is used up, most of it by {kind}: "
                f"{spent / 1000:.0f} s for {self._files[kind]} files"
            )

    def _fill(self) -> None:
        now = self._ticks()
        self._left = min(AT_ONCE, self._left + (now - self._filled_at) * SHARE)
        self._filled_at = now
