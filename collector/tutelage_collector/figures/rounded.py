"""Numbers that may be published beside others of the same kind: rounded to the nearest five."""

from __future__ import annotations

LEAST = 5
"""Smaller counts could point at a child (safeguarding.md 3.4)."""
ROUNDED_NOTE = (
    "Numbers are rounded to the nearest five, each by itself, and none under five is shown; sums "
    "may differ."
)


def rounded(value: int) -> str:
    """Return a count in words: ``0``, ``under 5``, ``about 20``."""
    if value == 0:
        return "0"
    if value < LEAST:
        return "under 5"
    return f"about {LEAST * ((value + LEAST // 2) // LEAST):,}"
