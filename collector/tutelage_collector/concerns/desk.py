"""Stores the steps of concerns, each with its audit row, for pages and commands alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector import episodes
from tutelage_collector.concerns import workflow
from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records_alerting import Standing
from tutelage_collector.store.records_concerns import (
    ActionId,
    Change,
    Concern,
    ConcernId,
    ConcernState,
    EntryKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.concerns.workflow import Said
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import IctAction
    from tutelage_wire.events import EventId

_SHORTEST_PREFIX = 6


def find(store: Store, wanted: str) -> Concern:
    """Return a concern by its id, or by enough of its beginning.

    Raises:
        NotFoundError: there is none, or more than one begins so.
    """
    exact = store.concern(ConcernId(wanted))
    if exact is not None:
        return exact
    found = [one for one in store.concerns() if one.id.startswith(wanted)]
    if len(wanted) >= _SHORTEST_PREFIX and len(found) == 1:
        return found[0]
    several = "more than one begins so" if len(found) > 1 else "not known"
    raise NotFoundError(f"concern {wanted}: {several}; see: concern list")


def alerts_of(store: Store, events: Sequence[EventId]) -> list[Alert]:
    """Return the alerts of these events.

    Raises:
        NotFoundError: one of them is not there.
    """
    found = []
    for event_id in dict.fromkeys(events):
        alert = store.alert(event_id)
        if alert is None:
            raise NotFoundError(f"event {event_id}: no alert of this id; see: alert list --json")
        found.append(alert)
    return found


def begin(store: Store, change: Change, said: Said) -> Concern:
    """Keep a new concern; return it as it is stored."""
    store.add_concern(change)
    concern = change.concern
    _mark(store, change, said)
    store.audit(
        said.by, "concern made", f"concern {concern.id}",
        f"about {concern.about.value} grade {concern.grade} alerts {len(change.alerts)}", said.at,
    )  # fmt: skip
    return find(store, concern.id)


def take(store: Store, before: Concern, change: Change, said: Said) -> Concern:
    """Keep one step of a concern; return it as it is stored."""
    store.change_concern(change, before)
    _mark(store, change, said)
    for line in change.entries:
        store.audit(
            said.by, f"concern: {line.kind.value.replace('_', ' ')}", f"concern {before.id}",
            "" if line.kind is EntryKind.PUPIL_LINKED else line.code, said.at,
        )  # fmt: skip
    return find(store, before.id)


def ict_done(store: Store, action_id: ActionId, said: Said) -> IctAction:
    """Say that ICT has done what it was asked to do.

    Raises:
        NotFoundError: there is none of this id that is still open.
    """
    action = store.ict_action(action_id)
    if action is None:
        raise NotFoundError(f"action {action_id}: not known; see: concern actions")
    store.finish_ict_action(action_id, workflow.ict_done(action, said), said.by, said.at)
    store.audit(said.by, "ICT action done", f"action {action_id}", action.kind.value, said.at)
    return action


def _mark(store: Store, change: Change, said: Said) -> None:
    """Let the concern's alerts stand as it stands: nobody further is told of them."""
    events = store.concern_events(change.concern.id)
    closed = change.concern.state is ConcernState.CLOSED
    wanted = Standing.CLOSED if closed else Standing.CONCERN
    episodes.take_in(store)
    stale = [one.event_id for one in store.alert_states(events).values() if one.standing != wanted]
    if stale:
        store.mark_alerts(stale, wanted, said.by, said.at)
