"""Versions as numbers. The same on every system."""

from __future__ import annotations


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, for comparing: ``24.04`` is later than ``9.10``."""
    found = "".join(c if c.isascii() and c.isdigit() else " " for c in version).split()
    return tuple(int(digits[:9]) for digits in found)


def major(version: str) -> int | None:
    """Return the first number of a version (an epoch or words before it are skipped)."""
    head = version.rpartition(":")[2].partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 6 else None
