"""Rows of SQLite <-> values: what several parts of the store share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_collector.store.records import Alert
from tutelage_wire import batch, codec, keys, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.errors import SignatureError, WireError
from tutelage_wire.events import DeviceId, EventId, RiskArea, Route

if TYPE_CHECKING:
    import sqlite3

    from tutelage_collector.store.records import Count, StoredBatch

ALERT_COLUMNS = (
    "event_id, device_id, school, grade, route, risk_area, subcategory, channel, age_band, "
    "rule_id, score, threshold, pack, account, repeats, canary, occurred_ms, received_ms, "
    "epoch, lane, sequence, event"
)
_PUT_ALERT = (
    f"INSERT INTO alert (trust, {ALERT_COLUMNS}) "  # noqa: S608 - a constant
    f"VALUES ({', '.join('?' * 23)}) ON CONFLICT (trust, event_id) DO NOTHING"
)


def put_alert(cursor: sqlite3.Cursor, trust: str, alert: Alert) -> bool:
    """Store an alert unless its event raised one before; tell whether it is new."""
    cursor.execute(
        _PUT_ALERT,
        (
            trust,
            alert.event_id,
            alert.device_id,
            alert.school,
            alert.grade,
            alert.route.value,
            alert.risk_area.value,
            alert.subcategory,
            alert.channel,
            alert.age_band,
            alert.rule_id,
            alert.score,
            alert.threshold,
            alert.pack,
            alert.account,
            alert.repeats,
            alert.canary,
            times.to_ms(alert.occurred_at),
            times.to_ms(alert.received_at),
            alert.epoch,
            alert.lane.value,
            alert.sequence,
            alert.event,
        ),
    )
    return cursor.rowcount == 1


def alert_of(row: tuple[Any, ...]) -> Alert:
    """Return the alert of a row of ``ALERT_COLUMNS``."""
    return Alert(
        event_id=EventId(row[0]),
        device_id=DeviceId(row[1]),
        school=row[2],
        grade=row[3],
        route=Route(row[4]),
        risk_area=RiskArea(row[5]),
        subcategory=row[6],
        channel=row[7],
        age_band=row[8],
        rule_id=row[9],
        score=row[10],
        threshold=row[11],
        pack=row[12],
        account=row[13],
        repeats=row[14],
        canary=row[15],
        occurred_at=times.from_ms(row[16]),
        received_at=times.from_ms(row[17]),
        epoch=row[18],
        lane=TravelLane(row[19]),
        sequence=row[20],
        event=row[21],
    )


def count_of(alert: Alert) -> Count:
    """Return under what a stored alert is counted: self-tests apart from real ones."""
    day = alert.received_at.date().isoformat()
    kind = "canary" if alert.canary else "detection"
    return (day, kind, alert.risk_area.value, alert.grade)


def fault_of(stored: StoredBatch, signing_keys: list[bytes]) -> str:
    """Return what is wrong with a stored batch, or "": its bytes must still verify."""
    try:
        found = codec.decode_batch(stored.raw)
        header = codec.decode_header(found.header)
        batch.verify_contents(found, header)
    except WireError as error:
        return str(error)
    if not any(_signed(found, key) for key in signing_keys):
        return "no key that its device ever had made this signature"
    place = (header.device_id, header.epoch, header.lane, header.first_sequence)
    if place != (stored.device_id, stored.epoch, stored.lane, stored.first_sequence):
        return "it was moved to another place"
    return ""


def _signed(found: batch.SignedBatch, key: bytes) -> bool:
    try:
        keys.verify_ed25519(key, found.signature, batch.signed_bytes(found.header))
    except SignatureError:
        return False
    return True
