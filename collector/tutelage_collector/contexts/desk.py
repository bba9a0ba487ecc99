"""Asking for more of a text: gathers what is known, decides who may, and keeps the request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import excerpts, published
from tutelage_collector.alerts import who
from tutelage_collector.contexts.standing import Context, Facts, context_of
from tutelage_collector.errors import NotAllowedError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_context import ContextRequest
from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import DetectionFinding
from tutelage_wire.policy import Profile
from tutelage_wire.policy.scope import Place, context_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert, Device
    from tutelage_collector.store.records_context import ReceivedContext
    from tutelage_wire.events import DeviceId, EventId

ASKED_FOR = timedelta(days=14)
"""A device that is not heard for so long is asked no longer: a half term, and days to settle."""
A_DAY = timedelta(days=1)
MOST_A_DAY = 10
"""Requests of one account within a day: enough for a bad day, too few to read along."""
LEAST_REASON, MOST_REASON = 10, 300
_MOST_ENROLMENTS = 8


def may_ask(role: Role, school: str | None, alert: Alert) -> bool:
    """Tell whether an account may ask about an alert: who may open its excerpt, and nobody else.

    Args:
        role: that the account acts as.
        school: of the account; None = all schools of the trust.
        alert: the one.
    """
    return role is not Role.ICT and who(alert) is role and school in (None, alert.school)


def look(store: Store, trust: str, alert: Alert, now: datetime) -> Context:
    """Return how it stands with more of an alert's text."""
    return look_all(store, trust, [alert], now)[alert.event_id]


def look_all(
    store: Store, trust: str, alerts: Sequence[Alert], now: datetime
) -> dict[EventId, Context]:
    """Return the same for several alerts."""
    ids = [one.event_id for one in alerts]
    latest: dict[EventId, ContextRequest] = {}
    for one in store.context_requests_of(ids):
        latest.setdefault(one.finding, one)
    answers: dict[EventId, list[ReceivedContext]] = {}
    for answer in store.context_answers(ids):
        answers.setdefault(answer.finding, []).append(answer)
    policy = published.policy_here(store, trust)
    found = {}
    for alert in alerts:
        device = _present(alert.device_id, store)
        facts = Facts(
            kept_until=_kept_until(alert),
            allowed_days=context_days(policy, _place(device), now) if device else 0,
            device=device.state if device else None,
            last_seen=store.last_heard(device.id) if device else None,
            request=latest.get(alert.event_id),
            answer=_own(alert, answers.get(alert.event_id, []), store),
        )
        found[alert.event_id] = context_of(facts, now)
    return found


def ask(
    store: Store, trust: str, alert: Alert, account: str, reason: str, now: datetime
) -> ContextRequest:
    """Keep a request, with its audit row; running collectors then carry it to the device.

    Args:
        store: of this collector.
        trust: short name.
        alert: the one; whoever calls has seen that the account may (``may_ask``).
        account: who asks.
        reason: why, in the person's words; on record for good.
        now: the present moment.

    Raises:
        NotAllowedError: nothing is there to ask for, it was asked already, the reason says nothing,
            or the account asked too often today.
    """
    said = " ".join(reason.split())
    if not LEAST_REASON <= len(said) <= MOST_REASON:
        raise NotAllowedError(
            f"say why in a sentence of {LEAST_REASON} to {MOST_REASON} characters, without a name: "
            "it is on record for good, and your line manager reads it"
        )
    stands = look(store, trust, alert, now)
    if not stands.may_ask:
        raise NotAllowedError(f"alert {alert.event_id}: cannot be asked for: {plain(stands)}")
    request = ContextRequest(
        finding=alert.event_id,
        device_id=alert.device_id,
        school=alert.school,
        asked_by=account,
        reason=said,
        asked_at=now,
        until=now + ASKED_FOR,
    )
    store.ask_context(request, now - A_DAY, MOST_A_DAY)
    return request


def plain(stands: Context) -> str:
    """Return the sentence with its moment, for a terminal."""
    if stands.moment is None:
        return stands.says
    return f"{stands.says} {stands.moment:%Y-%m-%d %H:%M} UTC."


def _kept_until(alert: Alert) -> datetime | None:
    try:
        body = codec.decode_event(alert.event).body
    except WireError:
        return None
    return body.context_until if isinstance(body, DetectionFinding) else None


def _own(alert: Alert, answers: Sequence[ReceivedContext], store: Store) -> ReceivedContext | None:
    """Return the answer of the device that reported it, under whichever name it has now."""
    for one in answers:
        if alert.device_id in excerpts.names_of(one.device_id, store):
            return one
    return None


def _present(device_id: DeviceId, store: Store) -> Device | None:
    """Return a device as it is enrolled now: it may have joined again since."""
    for _ in range(_MOST_ENROLMENTS):
        heir = store.heir_of(device_id)
        if heir is None:
            break
        device_id = heir
    return store.device(device_id)


def _place(device: Device) -> Place:
    at = device.placement
    return Place(Profile(at.profile), at.school, at.group)
