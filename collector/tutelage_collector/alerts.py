"""Detection -> alert: who must look, how soon. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.store.records import Alert, Role
from tutelage_wire import codec, times
from tutelage_wire.errors import DecodeError
from tutelage_wire.events import DetectionFinding, Grade, Route

if TYPE_CHECKING:
    from tutelage_collector.store.records import Append

_ACKNOWLEDGE_WITHIN = {
    Grade.WITHIN_5_MINUTES: timedelta(minutes=5),
    Grade.WITHIN_30_MINUTES: timedelta(minutes=30),
    Grade.SAME_DAY: timedelta(hours=24),
}
_MAX_REPEATS = 2**31 - 1


def from_event(item: Append, sequence: int, data: bytes) -> Alert:
    """Return the alert that a detection event raises.

    Args:
        item: the verified batch that carried it.
        sequence: its number in the device's chain.
        data: the event's bytes, which hold the sealed excerpt and are kept whole.

    Raises:
        DecodeError: the event is not a detection that this version can read.
    """
    event = codec.decode_event(data)
    found = event.body
    if not isinstance(found, DetectionFinding):
        raise DecodeError("not a detection")
    return Alert(
        event_id=event.id,
        device_id=item.header.device_id,
        school=item.school,
        grade=found.grade.value,
        route=found.route,
        risk_area=found.risk_area,
        subcategory=found.subcategory,
        channel=found.channel.value,
        age_band=found.age_band.value,
        rule_id=found.rule_id,
        score=found.score,
        threshold=found.threshold,
        pack=found.pack,
        account=found.account,
        repeats=min(found.repeats, _MAX_REPEATS),
        canary=found.canary,
        occurred_at=found.occurred_at,
        received_at=times.from_ms(item.received_ms),
        epoch=item.header.epoch,
        lane=item.header.lane,
        sequence=sequence,
        event=data,
    )


def acknowledge_within(grade: int) -> timedelta | None:
    """Return how soon a person must look; None = digest and trend only."""
    return _ACKNOWLEDGE_WITHIN.get(Grade(grade))


def who(alert: Alert) -> Role:
    """Return whose work an alert is: safeguarding goes to the DSL, machines to ICT."""
    return Role.ICT if alert.route is Route.ICT else Role.DSL
