"""One batch -> what it changes in the projections. Pure; reads protobuf messages directly.

This is the hot path: of most events only the head is parsed, and no dataclass is built for one
that no alert comes from. Nothing here raises for any bytes that a device may sign: an event that
this version cannot read is stored, counted and said, because refusing it would stop its device's
chain.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError as ProtobufDecodeError

from tutelage_collector import alerts
from tutelage_collector.store.records import Projection
from tutelage_collector.store.records_context import ReceivedContext
from tutelage_wire import codec, times
from tutelage_wire.context import ContextAnswer, answer_id
from tutelage_wire.errors import DecodeError, WireError
from tutelage_wire.events import IntegrityKind, Status
from tutelage_wire.merkle import HASH_BYTES
from tutelage_wire.merkle_log import MOST_LEAVES, LogRoot
from tutelage_wire.v1 import event_pb2

if TYPE_CHECKING:
    from tutelage_collector.store.records import Append, JudgementRow
_DAY_MS = 86_400_000
_OLDEST_MS = 400 * _DAY_MS
"""A device's clock that is further off than this does not choose the day that is counted."""
_MAX_COUNT = 2**31 - 1
_MOST_CATEGORIES = 200
_MOST_LOG_ROOTS = 4
_KIND = re.compile(r"[a-z][a-z_]{0,39}")
_ID_BYTES = codec.EVENT_ID_BYTES

_AGENTS_STATUS = {
    event_pb2.STATUS_PASS: Status.PASS.value,
    event_pb2.STATUS_FAIL: Status.FAIL.value,
    event_pb2.STATUS_UNKNOWN: Status.UNKNOWN.value,
    event_pb2.STATUS_NOT_APPLICABLE: Status.NOT_APPLICABLE.value,
    event_pb2.STATUS_ERROR: Status.ERROR.value,
}
"""EXEMPT is not here: only the collector gives it."""
_AGENTS_KINDS = {kind.value for kind in IntegrityKind} - {
    IntegrityKind.BATCH_REFUSED,
    IntegrityKind.SEQUENCE_GAP,
    IntegrityKind.CHAIN_FORK,
    IntegrityKind.EVENT_UNREADABLE,
}


def project(item: Append) -> Projection:
    """Return what ``item`` changes. Never raises for what a device may have signed."""
    into = Projection()
    received = item.received_ms
    earliest, last = received - _OLDEST_MS, received + _DAY_MS
    parse = event_pb2.EventHead.FromString
    counts: dict[int, dict[str, int]] = {}
    today: dict[str, int] = {}
    day_begins = day_ends = 0
    latest: dict[tuple[str, str], JudgementRow] = {}
    beat_ms, beat, pulse = -1, b"", b""
    evicted = frozenset(item.batch.evicted)
    sequence = item.header.first_sequence - 1
    for position, data in enumerate(item.batch.events):
        sequence += 1
        if evicted and position in evicted:
            continue
        try:
            event = parse(data)
        except ProtobufDecodeError:
            into.unreadable.append((sequence, "it does not parse"))
            continue
        kind = event.WhichOneof("body")
        if kind is None or len(event.id) != _ID_BYTES:
            into.unreadable.append((sequence, "no body or no id that this version knows"))
            continue
        moment = event.device_time_ms
        if kind == "heartbeat":
            if moment >= beat_ms:
                beat_ms, beat, pulse = moment, data, event.heartbeat
        elif kind == "compliance":
            if not _judgement(event.compliance, sequence, data, received, latest, into):
                into.unreadable.append((sequence, "compliance: no finding that an agent makes"))
                continue
        elif kind == "detection":
            try:
                into.detections.append(alerts.from_event(item, sequence, data))
            except (WireError, OverflowError) as error:
                into.unreadable.append((sequence, str(error)))
            continue  # counted when its alert is stored: a salvaged event comes twice
        elif kind == "context":
            try:
                into.contexts.append(_context(item, sequence, data))
            except (WireError, OverflowError) as error:
                into.unreadable.append((sequence, str(error)))
                continue
        elif kind == "integrity" and not _integrity(event, moment, into):
            into.unreadable.append((sequence, "integrity: no finding that an agent makes"))
            continue
        elif kind == "ict" and not _ict(event, moment, into):
            into.unreadable.append((sequence, "ict: no finding that an agent makes"))
            continue
        elif kind == "usage" and not _usage(event, into):
            into.unreadable.append((sequence, "usage: no counts that an agent makes"))
            continue
        if not day_begins <= moment < day_ends:
            day = (moment if earliest <= moment <= last else received) // _DAY_MS
            day_begins, day_ends = day * _DAY_MS, (day + 1) * _DAY_MS
            today = counts.setdefault(day, {})
        today[kind] = today.get(kind, 0) + 1
    if beat:
        into.heartbeats.append((_clamped(beat_ms), beat))
        into.log_roots.extend(_log_roots(pulse))
    for day, kinds in counts.items():
        name = iso_day(day * _DAY_MS)
        for kind, number in kinds.items():
            into.counts[name, kind, "", 0] = number
    into.judgements.extend(latest.values())
    return into


def log_roots_of(beat: bytes) -> list[LogRoot]:
    """Return what a device saw of the collector's log, as a sign of life's event says."""
    try:
        return _log_roots(event_pb2.EventHead.FromString(beat).heartbeat)
    except ProtobufDecodeError:
        return []


def _log_roots(pulse: bytes) -> list[LogRoot]:
    try:
        seen = event_pb2.Heartbeat.FromString(pulse).log_roots
    except ProtobufDecodeError:
        return []
    return [
        LogRoot(one.size, one.root)
        for one in seen[:_MOST_LOG_ROOTS]
        if len(one.root) == HASH_BYTES and 0 < one.size <= MOST_LEAVES
    ]


def iso_day(milliseconds: int) -> str:
    """Return the UTC day of a moment as ISO text."""
    return times.from_ms(milliseconds).date().isoformat()


def _context(item: Append, sequence: int, data: bytes) -> ReceivedContext:
    """Return what a device answered about one of its findings.

    Raises:
        DecodeError: it is no answer that this version can read, or not under its own name.
    """
    event = codec.decode_event(data)
    found = event.body
    if not isinstance(found, ContextAnswer) or event.id != answer_id(found.finding):
        raise DecodeError("context: not under the id that follows from its finding")
    return ReceivedContext(
        finding=found.finding,
        device_id=item.header.device_id,
        event_id=event.id,
        state=found.state,
        school=item.school,
        received_at=times.from_ms(item.received_ms),
        epoch=item.header.epoch,
        lane=item.header.lane,
        sequence=sequence,
        event=data,
    )


def _integrity(event: event_pb2.EventHead, moment: int, into: Projection) -> bool:
    """Add what an agent said of its monitoring; tell whether an agent may say so."""
    try:
        found = event_pb2.IntegrityFinding.FromString(event.integrity)
    except ProtobufDecodeError:
        return False
    if found.kind not in _AGENTS_KINDS:
        return False
    count = min(found.count, _MAX_COUNT)
    row = (event.id.hex(), found.kind, found.detail[:2_000], count, _clamped(moment))
    into.integrity.append(row)
    return True


def _ict(event: event_pb2.EventHead, moment: int, into: Projection) -> bool:
    """Add what a device tells the ICT manager; tell whether an agent may say so."""
    try:
        found = event_pb2.IctFinding.FromString(event.ict)
    except ProtobufDecodeError:
        return False
    if not _KIND.fullmatch(found.kind):
        return False
    at_ms = _clamped(found.occurred_at_ms or moment)
    into.ict.append(
        (event.id.hex(), found.kind, found.detail[:500], found.sha256[:64], found.account[:64],
         at_ms)
    )  # fmt: skip
    return True


def _usage(event: event_pb2.EventHead, into: Projection) -> bool:
    """Add a day's counts of visits by category; tell whether an agent may say so."""
    try:
        found = event_pb2.UsageCounts.FromString(event.usage)
        day = date.fromisoformat(found.day).isoformat()
    except (ProtobufDecodeError, ValueError):
        return False
    if len(found.counts) > _MOST_CATEGORIES:
        return False
    into.site_counts.extend(
        (day, found.account[:64], one.category[:40], min(one.count, _MAX_COUNT))
        for one in found.counts
    )
    return True


def _judgement(
    body: bytes,
    sequence: int,
    data: bytes,
    received: int,
    latest: dict[tuple[str, str], JudgementRow],
    into: Projection,
) -> bool:
    """Add the judgement, unless it repeats the one before; tell whether an agent may say so."""
    try:
        found = event_pb2.ComplianceFinding.FromString(body)
    except ProtobufDecodeError:
        return False
    status = _AGENTS_STATUS.get(found.status)
    if status is None:
        return False
    due = found.due_at_ms
    key = (found.profile, found.check_id)
    before = latest.get(key)
    if before is not None and before[3] != status:
        into.judgements.append(before)  # each change is a row of its own: drift is seen
    latest[key] = (
        *key,
        found.subject,
        status,
        sequence,
        # A clock that runs ahead must not keep an old result fresh for ever.
        min(_clamped(found.observed_at_ms), received),
        _clamped(due) if due else None,
        "\n".join(found.clauses),
        data,
    )
    return True


def _clamped(milliseconds: int) -> int:
    """Keep a device's time inside what the database and ``datetime`` can hold."""
    return min(max(milliseconds, 0), _LAST_MS)


_LAST_MS = 253_402_300_799_999
"""End of the year 9999."""
