"""How often something was refused lately: to slow down who guesses, and nobody else."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_MAX_NAMES = 10_000


class Refusals:
    """Refusals by name (an address, an account) within a sliding window of time."""

    def __init__(self, most: int, within: timedelta) -> None:
        """Let a name wait once it was refused ``most`` times ``within`` a time."""
        self._most, self._within = most, within
        self._when: OrderedDict[str, deque[datetime]] = OrderedDict()

    def too_many(self, name: str, now: datetime) -> bool:
        """Tell whether ``name`` has to wait."""
        when = self._when.get(name, deque())
        while when and when[0] + self._within < now:
            when.popleft()
        return len(when) >= self._most

    def note(self, name: str, now: datetime) -> None:
        """Count one refusal."""
        if name not in self._when and len(self._when) >= _MAX_NAMES:
            self._when.popitem(last=False)
        self._when.setdefault(name, deque(maxlen=self._most)).append(now)

    def forgive(self, name: str) -> None:
        """Forget what was counted against ``name``."""
        self._when.pop(name, None)
