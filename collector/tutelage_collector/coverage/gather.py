"""The coverage of what is stored now: one answer for page, command and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.coverage.assess import Coverage, assess
from tutelage_collector.notify import health

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store


def of_store(store: Store, school: str | None, now: datetime) -> Coverage:
    """Return the coverage of a school, or of the trust."""
    return assess(
        store.devices(school),
        store.expected_devices(school),
        store.latest_canaries(school),
        now,
        school,
        frozenset(one.device_id for one in store.spells(school, open_only=True)),
        health.troubles(store, school, now),
    )
