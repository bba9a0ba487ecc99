"""A person says "I have seen this": from a page, a command or a watched terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import episodes
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records_alerting import Standing

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records_alerting import Episode
    from tutelage_wire.events import EventId


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What came of it."""

    episode: Episode
    first: bool
    """False: somebody had been quicker; the episode says who and when."""


def acknowledge(store: Store, event_id: EventId, by: str, now: datetime) -> Acknowledged:
    """Acknowledge the episode of an alert: nobody further is told of it.

    Args:
        store: of the collector.
        event_id: of any alert of the episode.
        by: the account of who looked.
        now: the present moment.

    Raises:
        NotFoundError: there is no such alert.
    """
    episodes.take_in(store)
    fresh = store.mark_alerts([event_id], Standing.ACKNOWLEDGED, by, now)
    if fresh:
        store.audit(by, "alert acknowledged", f"alert {event_id}", "", now)
    return Acknowledged(episode_of(store, event_id), bool(fresh))


def episode_of(store: Store, event_id: EventId) -> Episode:
    """Return the episode that an alert belongs to.

    Raises:
        NotFoundError: there is no such alert.
    """
    state = store.alert_states([event_id]).get(event_id)
    found = store.episode(state.episode_id) if state else None
    if found is None:
        raise NotFoundError(f"alert {event_id}: not known; see: alert list")
    return found
