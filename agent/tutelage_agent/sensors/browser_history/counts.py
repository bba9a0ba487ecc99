"""Visits per category of site and day: counted where the signed policy says so, told the day after.

What is kept is numbers by pseudonym; single visits are not kept anywhere.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private
from tutelage_wire.events import UsageCounts

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

UNLISTED = "unlisted"
MOST_DAYS = 14
"""Days that wait for a collector; older ones are given up."""


class CategoryCounts:
    """Not thread-safe: the history sensor's thread is its only one."""

    def __init__(self, file: Path) -> None:
        """Go on from the counts in ``file``, or begin anew where there are none to be read."""
        self._file = file
        self._days: dict[date, dict[str, Counter[str]]] = {}
        self._changed = False
        try:
            self._days = {
                date.fromisoformat(day): {
                    str(name): Counter(counts) for name, counts in accounts.items()
                }
                for day, accounts in json.loads(file.read_bytes()).items()
            }
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.warning("category counts begin anew: %s", type(error).__name__)

    def add(self, pseudonym: str, category: str, day: date) -> None:
        """Count one visit."""
        accounts = self._days.setdefault(day, {})
        accounts.setdefault(pseudonym, Counter())[category or UNLISTED] += 1
        self._changed = True

    def finished(self, today: date) -> list[UsageCounts]:
        """Return the counts of days that are over."""
        return [
            UsageCounts(day, pseudonym, tuple(sorted(counts.items())))
            for day, accounts in sorted(self._days.items())
            if day < today
            for pseudonym, counts in sorted(accounts.items())
        ]

    def forget(self, told: UsageCounts) -> None:
        """Drop what was told."""
        accounts = self._days.get(told.day, {})
        accounts.pop(told.account, None)
        if not accounts:
            self._days.pop(told.day, None)
        self._changed = True

    def drop(self) -> None:
        """Drop everything: the policy no longer says that visits are counted."""
        self._changed = self._changed or bool(self._days)
        self._days.clear()

    def keep(self) -> None:
        """Make the counts durable."""
        if not self._changed:
            return
        for day in sorted(self._days)[:-MOST_DAYS]:
            del self._days[day]
        table = {day.isoformat(): accounts for day, accounts in self._days.items()}
        try:
            write_private(self._file, json.dumps(table).encode())
            self._changed = False
        except OSError as error:  # counted in memory until the disk takes it again
            log.warning("category counts were not written: %s", error.strerror)
