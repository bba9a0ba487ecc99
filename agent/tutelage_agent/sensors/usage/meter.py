"""Time in front of the screen by category, week by week; only "over the threshold" comes out.

Policy 11.a.9: a staff device is used solely for work. What is kept on the device is seconds by
pseudonym and category for this week and the last; no title, no address, no program.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.sensors.policy import NonWork

log = logging.getLogger(__name__)

WORK = ""
"""The category of everything that no list has."""


@dataclass(frozen=True, slots=True)
class Over:
    """An account whose week went over the threshold."""

    week: str
    """ISO year and week, ``2026-W48``."""
    pseudonym: str


class Meter:
    """Not thread-safe: the usage sensor's thread is its only one."""

    def __init__(self, file: Path) -> None:
        """Go on from the counts in ``file``, or begin anew where there are none to be read."""
        self._file = file
        self._weeks: dict[str, dict[str, Counter[str]]] = {}
        self._told: set[Over] = set()
        self._changed = False
        try:
            table = json.loads(file.read_bytes())
            self._weeks = {
                str(week): {str(name): Counter(counts) for name, counts in accounts.items()}
                for week, accounts in table["weeks"].items()
            }
            self._told = {Over(str(week), str(name)) for week, name in table["told"]}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("usage begins anew: %s", type(error).__name__)

    def add(
        self, pseudonym: str, category: str, seconds: float, at: datetime, rule: NonWork
    ) -> Over | None:
        """Count time in front of the screen, where the policy asks for a share at all.

        Returns:
            The account's week, the first time that it is over the threshold; ``told`` says that
            this was kept.
        """
        if not rule.enabled:
            return None
        week = week_of(at)
        counts = self._weeks.setdefault(week, {}).setdefault(pseudonym, Counter())
        counts[category if category in rule.categories else WORK] += round(seconds)
        self._changed = True
        over = Over(week, pseudonym)
        return over if over not in self._told and _is_over(counts, rule) else None

    def told(self, over: Over) -> None:
        """Note that a week was told of: once is enough."""
        self._told.add(over)
        self._changed = True

    def keep(self) -> None:
        """Make the counts durable: this week and the one before."""
        if not self._changed:
            return
        recent = sorted(self._weeks)[-2:]
        self._weeks = {week: self._weeks[week] for week in recent}
        self._told = {one for one in self._told if one.week in recent}
        table = {"weeks": self._weeks, "told": [[one.week, one.pseudonym] for one in self._told]}
        try:
            write_private(self._file, json.dumps(table).encode())
            self._changed = False
        except OSError as error:  # counted in memory until the disk takes it again
            log.warning("usage was not written: %s", error.strerror)


def _is_over(counts: Counter[str], rule: NonWork) -> bool:
    everything = sum(counts.values())
    other = everything - counts[WORK]
    return everything >= rule.least_hours * 3600 and other > rule.share * everything


def week_of(at: datetime) -> str:
    """Return the ISO week of a moment."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02}"
