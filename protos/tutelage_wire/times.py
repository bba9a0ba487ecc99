"""Time as a value: aware UTC everywhere, milliseconds on the wire, and the one real clock.

Everything that needs the time takes a ``now`` or a ``Clock``; only ``utc_now`` and
``monotonic_ms`` read the machine's clocks (DESIGN.md section 6, machine-checked by ruff).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present moment as an aware UTC datetime."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def monotonic_ms() -> int:
    """Return milliseconds of a clock that only goes forward within one boot."""
    return time.monotonic_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Return ``moment`` as milliseconds since 1970 UTC.

    Raises:
        ValueError: ``moment`` is naive; a naive time would be read as UTC by accident.
    """
    if moment.tzinfo is None:
        raise ValueError("a naive datetime: give it a time zone, tutelage_wire works in aware UTC")
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC moment that is ``milliseconds`` since 1970."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def text(moment: datetime) -> str:
    """Return ``moment`` as people and JSON read it: ``2026-11-25T09:30:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
