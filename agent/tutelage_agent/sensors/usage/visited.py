"""Which category of site an account reads: the history sensor writes it, usage reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

LASTS = timedelta(minutes=10)
"""A page is taken to be read for so long, until another one is opened."""


class Visited:
    """Thread-safe. In memory only, one category an account."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[datetime, str]] = {}
        self._lock = Lock()

    def note(self, account: str, category: str, at: datetime) -> None:
        """Note a visit; "" for a site that no list has."""
        with self._lock:
            before = self._last.get(account)
            if before is None or at >= before[0]:
                self._last[account] = (at, category)

    def category(self, account: str, now: datetime) -> str:
        """Return the category of the page that is being read, "" for none or an unlisted one."""
        with self._lock:
            at, category = self._last.get(account, (now, ""))
        return category if timedelta(0) <= now - at <= LASTS else ""
