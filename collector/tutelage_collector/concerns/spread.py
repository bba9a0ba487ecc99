"""Containment (policy 7.f): where else the same was seen. Counts first; devices on a second ask.

"The same" is a text of the same keyed hash, or the same rule; neither tells what was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import DetectionFinding

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern
    from tutelage_wire.events import DeviceId

LONGEST = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Seen:
    """How far something spread beyond a concern's own alerts."""

    alerts: int
    devices: tuple[DeviceId, ...]
    accounts: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Spread:
    """What a look found."""

    since: datetime
    until: datetime
    same_text: Seen
    same_rule: Seen


def look(store: Store, concern: Concern, days: int, now: datetime) -> Spread:
    """Look at the school's alerts of the last ``days`` days before now."""
    window = min(timedelta(days=days), LONGEST)
    own = store.concern_alerts(concern.id)
    mine = {one.event_id for one in own}
    texts = {text for one in own if (text := _hash_of(one))}
    rules = {one.rule_id for one in own}
    others = [
        one
        for one in store.alerts_between(concern.school, now - window, now)
        if one.event_id not in mine and not one.canary
    ]
    return Spread(
        since=now - window,
        until=now,
        same_text=_seen([one for one in others if texts and _hash_of(one) in texts]),
        same_rule=_seen([one for one in others if one.rule_id in rules]),
    )


def _seen(alerts: list[Alert]) -> Seen:
    moments = sorted(one.occurred_at for one in alerts)
    return Seen(
        alerts=len(alerts),
        devices=tuple(dict.fromkeys(one.device_id for one in alerts)),
        accounts=len({one.account for one in alerts if one.account}),
        first_at=moments[0] if moments else None,
        last_at=moments[-1] if moments else None,
    )


def _hash_of(alert: Alert) -> str:
    try:
        body = codec.decode_event(alert.event).body
    except WireError:
        return ""
    return body.content_hash if isinstance(body, DetectionFinding) else ""
