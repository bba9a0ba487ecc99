"""Since when something has been waiting, where its source does not say: kept on the device.

A thing that was already there at the very first look may have been there for years: its age is
only "at least since then", and is marked so. It never counts as young (``Age.known``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tutelage_agent.host import System
from tutelage_wire.times import text

if TYPE_CHECKING:
    from tutelage_agent.host import Host

MOST = 2000
"""Names kept; a device with more missing fixes fails for the first of them."""


@dataclass(frozen=True, slots=True)
class Age:
    """Since when a name has been seen."""

    since: datetime
    known: bool
    """False: it was there at the first look, so it may be older."""


def parse(content: bytes) -> dict[str, Age] | None:
    """Return name -> age of a file; None where there is no such file's content."""
    try:
        rows = json.loads(content)["seen"]
        return {
            str(row["name"]): Age(
                datetime.fromisoformat(str(row["since"])).astimezone(UTC), row["known"] is True
            )
            for row in rows
        }
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def merge(before: dict[str, Age] | None, names: tuple[str, ...], now: datetime) -> dict[str, Age]:
    """Return the ages of ``names``: as kept, or from now on. Pure.

    Args:
        before: what an earlier look kept; None: this is the first look.
        names: what is waiting now.
        now: the moment of this look.
    """
    fresh = Age(now, known=before is not None)
    kept = before or {}
    return {name: min(kept.get(name, fresh), fresh, key=lambda a: a.since) for name in names}


def oldest(host: Host, file: str, names: tuple[str, ...]) -> Age | None:
    """Note ``names`` in the state folder and return the age of the one that has waited longest.

    Args:
        host: its state folder keeps the file; where it cannot be written, nothing is known.
        file: the file's name.
        names: what is waiting now; nothing waiting is noted as well.

    Returns:
        The oldest age; with ``known`` only if that of every name is. None for no names, or where
        nothing can be kept.
    """
    separator = "\\" if host.system is System.WINDOWS else "/"
    kept = host.read(f"{host.state}{separator}{file}")
    before = parse(kept.value) if kept.seen else None
    ages = merge(before, names[:MOST], host.now())
    if ages != before:
        rows = [
            {"name": name, "since": text(age.since), "known": age.known}
            for name, age in ages.items()
        ]
        written = host.remember(file, json.dumps({"schema": 1, "seen": rows}).encode())
        if not written and before is None:
            return None
    if not ages:
        return None
    since = min(age.since for age in ages.values())
    return Age(since, all(age.known for age in ages.values()))
