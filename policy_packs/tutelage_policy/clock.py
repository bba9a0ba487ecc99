"""The one place of this package that reads the clock; the engine itself takes a ``now``."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today_and_now() -> tuple[date, datetime]:
    """Return today and the present moment in UTC, for the command line only."""
    now = datetime.now(UTC)  # noqa: TID251 - the command line is where time comes in
    return now.date(), now
