"""What the schedule says is due, and erasing it: counts first, holds respected, all on record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import approvals
from tutelage_collector.rights import holds
from tutelage_collector.rights.schedule import Kept, Term
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_collector.store.records_concerns import ConcernState
from tutelage_collector.store.records_retention import Cut, Rows
from tutelage_collector.store.records_rights import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tutelage_collector.rights.holds import Frozen
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern, ConcernId
    from tutelage_collector.store.records_context import ReceivedContext
    from tutelage_wire.events import EventId

SUBJECT = "retention schedule"
"""What an approval for the kinds of two people is asked for."""
_ALERTS = (Kept.SELF_TESTS, Kept.ALERTS_LOW, Kept.ALERTS, Kept.ALERTS_OF_CONCERNS)
_LOW = 2
_AT_ONCE = 2_000
_STRAY = timedelta(days=1)
"""An answer may overtake its finding, which travels in the other lane: a day is plenty."""


@dataclass(slots=True)
class Due:
    """What is due of one kind."""

    term: Term
    places: list[Place] = field(default_factory=list)
    concerns: list[ConcernId] = field(default_factory=list)
    cut: Cut | None = None
    """What is asked of rows that go by the clock alone."""
    rows: int = 0
    held: int = 0
    """Due by the clock, and kept because of a hold, a complaint or a decision."""

    @property
    def count(self) -> int:
        """How many things are due."""
        return self.rows or len(self.places) + len(self.concerns)


def due(store: Store, terms: Mapping[Kept, Term], now: datetime) -> list[Due]:
    """Return what is due, by kind in the order of the schedule."""
    found = {kept: Due(terms[kept]) for kept in Kept}
    youngest = min(terms[one].life for one in _ALERTS)
    alerts = store.alerts_before(now - youngest)
    frozen = holds.frozen(store, [one.event_id for one in alerts])
    going: dict[EventId, Kept] = {}
    for alert in alerts:
        kept, since = _kind_of(alert, frozen)
        if since is None or since + terms[kept].life > now:
            continue
        if frozen.alert(alert):
            found[kept].held += 1
        else:
            found[kept].places.append(place_of(alert))
            going[alert.event_id] = kept
    # With an alert goes what its device sent of the text later; what came without one, at once.
    for answer in store.context_answers(list(going)):
        found[going[answer.finding]].places.append(place_of_answer(answer))
    if holds.EVERYTHING not in frozen.subjects:
        for answer in store.stray_context_answers(now - _STRAY):
            found[Kept.ALERTS_LOW].places.append(place_of_answer(answer))
    words = found[Kept.WORDS_OF_CONCERNS]
    for concern in frozen.concerns.values():
        closed = _closed(concern)
        if closed is None or closed + words.term.life > now or not _has_words(store, concern.id):
            continue
        if frozen.concern(concern.id):
            words.held += 1
        else:
            words.concerns.append(concern.id)
    posture = found[Kept.POSTURE]
    if holds.EVERYTHING not in frozen.subjects:
        devices = {one.removeprefix("device ") for one in frozen.subjects}
        for place in store.unchanging_before(now - posture.term.life):
            if place.device_id in devices:
                posture.held += 1
            else:
                posture.places.append(place)
    for rows in Rows:
        _by_clock(store, found[Kept(rows.value)], rows, frozen, now)
    return list(found.values())


def _by_clock(store: Store, into: Due, rows: Rows, frozen: Frozen, now: datetime) -> None:
    """Put in what the clock alone makes due of a kind, but what is on hold."""
    before = now - into.term.life
    everything = holds.EVERYTHING in frozen.subjects
    # Who was told of a thing on hold is part of it, and so is who was on duty then.
    if everything or (frozen.subjects and rows in {Rows.MESSAGES, Rows.ROTAS}):
        into.held = store.rows_due(Cut(rows, before))
        return
    named = (one.split(" ", 1) for one in frozen.subjects if " " in one)
    held = frozenset(name for kind, name in named if kind in {"device", "account"})
    into.cut = Cut(rows, before, held)
    into.rows = store.rows_due(into.cut)
    into.places = store.places_due(into.cut)
    into.rows = max(into.rows, len(into.places))
    if held:
        into.held = store.rows_due(Cut(rows, before)) - store.rows_due(into.cut)


def apply(
    store: Store, found: list[Due], by: str, now: datetime, approval_id: str = ""
) -> dict[Kept, int]:
    """Erase what is due; what needs two people only with their approval.

    Args:
        store: where it is.
        found: what ``due`` returned.
        by: account, or ``schedule``.
        now: the present moment.
        approval_id: of a second person, for the kinds that need one.

    Returns:
        How many of each kind were erased.

    Raises:
        NotFoundError: there is no such approval that holds.
        NotAllowedError: it was given for something else.
    """
    if approval_id:
        approvals.use(store, approval_id, ApprovalKind.RETENTION, SUBJECT, by, now)
    done: dict[Kept, int] = defaultdict(int)
    for one in found:
        if one.term.two_people and not approval_id:
            continue
        reason = f"{one.term.kept.value}: older than {one.term.days} days"
        used = approval_id if one.term.two_people else ""
        for start in range(0, len(one.places), _AT_ONCE):
            part = one.places[start : start + _AT_ONCE]
            done[one.term.kept] += store.erase(part, by, reason, used, now)
        for concern_id in one.concerns:
            store.erase_words(concern_id, by, reason, now)
            done[one.term.kept] += 1
        if one.cut is not None and one.rows:
            store.clear_rows(one.cut, by, reason, now)
            done[one.term.kept] = one.rows
    return dict(done)


def places_of(store: Store, alerts: Sequence[Alert]) -> list[Place]:
    """Return where the events of alerts are, and of what devices sent of their texts later."""
    answers = store.context_answers([one.event_id for one in alerts])
    return [place_of(one) for one in alerts] + [place_of_answer(one) for one in answers]


def place_of_answer(answer: ReceivedContext) -> Place:
    """Return where the event is with which a device sent more of a text, or said why not."""
    return Place(
        answer.device_id, answer.epoch, answer.lane, answer.sequence, "context", answer.event_id
    )


def place_of(alert: Alert) -> Place:
    """Return where an alert's event is."""
    kind = "canary" if alert.canary else "detection"
    return Place(alert.device_id, alert.epoch, alert.lane, alert.sequence, kind, alert.event_id)


def _kind_of(alert: Alert, frozen: Frozen) -> tuple[Kept, datetime | None]:
    """Return by which term an alert is kept, and since when it runs; None = it does not yet."""
    if alert.canary:
        return Kept.SELF_TESTS, alert.received_at
    concerns = [
        frozen.concerns[one] for one in frozen.of.get(alert.event_id, ()) if one in frozen.concerns
    ]
    if concerns:
        closed = [_closed(one) for one in concerns]
        known = [one for one in closed if one is not None]
        return Kept.ALERTS_OF_CONCERNS, max(known) if len(known) == len(closed) else None
    return (Kept.ALERTS_LOW if alert.grade <= _LOW else Kept.ALERTS), alert.received_at


def _closed(concern: Concern) -> datetime | None:
    return concern.closed_at if concern.state is ConcernState.CLOSED else None


def _has_words(store: Store, concern_id: ConcernId) -> bool:
    return any(entry.sealed for entry in store.concern_entries(concern_id))
