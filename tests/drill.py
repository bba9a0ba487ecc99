"""What every rotation drill counts: events that were kept, and events that are stored."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_collector.store import Store
    from tutelage_wire.events import Event, EventId, IntegrityKind

BROKEN = {"sequence_gap", "chain_fork", "batch_refused", "epoch_opened", "events_dropped",
          "spool_quarantined"}  # fmt: skip
"""What a device's page would say if a drill had cost anything."""


def nothing_lost(store: Store, kept: Iterable[EventId], stored: Iterable[Event]) -> None:
    """Fail unless each event is stored exactly once, in an unbroken chain."""
    counts = Counter(event.id for event in stored)
    wanted = set(kept)
    assert wanted, "the drill sent nothing"
    assert {one: counts[one] for one in wanted if counts[one] != 1} == {}
    assert store.check() == []
    assert [one.kind for one in store.integrity(limit=10_000) if one.kind in BROKEN] == []
    assert {view.device.epoch for view in store.devices()} == {1}


def kinds(store: Store) -> Counter[IntegrityKind | str]:
    """Return how often each kind of finding about the monitoring was stored."""
    return Counter(one.kind for one in store.integrity(limit=10_000))
