"""Event bodies <-> their messages. Part of the codec; nothing else imports it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar, assert_never

from tutelage_wire import times
from tutelage_wire.context import ContextAnswer, ContextState
from tutelage_wire.errors import DecodeError
from tutelage_wire.events import (
    Actor,
    AgeBand,
    Body,
    Channel,
    ComplianceFinding,
    DetectionFinding,
    Enforced,
    Grade,
    Heartbeat,
    IctFinding,
    IntegrityFinding,
    IntegrityKind,
    Lane,
    RiskArea,
    Route,
    SensorReport,
    SensorState,
    Severity,
    Status,
    UsageCounts,
)
from tutelage_wire.ids import EventId
from tutelage_wire.merkle_log import LogRoot
from tutelage_wire.sealed import Sealed, Wrap
from tutelage_wire.v1 import event_pb2

_EVENT_ID_BYTES = 16

Choice = TypeVar("Choice", bound=StrEnum)

_PREFIXES: dict[type[StrEnum], str] = {
    Actor: "ACTOR_",
    AgeBand: "AGE_BAND_",
    Channel: "CHANNEL_",
    ContextState: "CONTEXT_STATE_",
    Enforced: "ENFORCED_",
    Lane: "LANE_",
    RiskArea: "RISK_AREA_",
    Route: "ROUTE_",
    SensorState: "SENSOR_STATE_",
    Severity: "SEVERITY_",
    Status: "STATUS_",
}
# Keyed by type too: members of different StrEnums with the same text are equal.
_NUMBERS: dict[tuple[type[StrEnum], str], Any] = {
    (choices, member.value): getattr(event_pb2, prefix + member.name)
    for choices, prefix in _PREFIXES.items()
    for member in choices
}
_MEMBERS: dict[tuple[type[StrEnum], int], StrEnum] = {
    (choices, number): choices(value) for (choices, value), number in _NUMBERS.items()
}


def write(body: Body, message: event_pb2.Event) -> None:
    """Put ``body`` into the event message."""
    match body:
        case ComplianceFinding():
            _write_compliance(body, message.compliance)
        case DetectionFinding():
            _write_detection(body, message.detection)
        case Heartbeat():
            _write_heartbeat(body, message.heartbeat)
        case IntegrityFinding():
            message.integrity.kind = body.kind.value
            message.integrity.detail = body.detail
            message.integrity.count = body.count
        case IctFinding():
            message.ict.kind = body.kind
            message.ict.detail = body.detail
            message.ict.sha256 = body.sha256
            message.ict.account = body.account
            message.ict.occurred_at_ms = _ms(body.occurred_at)
        case UsageCounts():
            message.usage.day = body.day.isoformat()
            message.usage.account = body.account
            for category, count in body.counts:
                message.usage.counts.add(category=category, count=count)
        case ContextAnswer():
            message.context.finding = bytes.fromhex(body.finding)
            message.context.state = _number(body.state)
            if body.sealed is not None:
                _write_sealed(body.sealed, message.context.sealed)
        case _:
            assert_never(body)


def read(message: event_pb2.Event) -> Body:
    """Return the body of an event message.

    Raises:
        DecodeError: it says which field is wrong.
    """
    try:
        match message.WhichOneof("body"):
            case "compliance":
                return _read_compliance(message.compliance)
            case "detection":
                return _read_detection(message.detection)
            case "heartbeat":
                return _read_heartbeat(message.heartbeat)
            case "integrity":
                found = message.integrity
                return IntegrityFinding(IntegrityKind(found.kind), found.detail, found.count)
            case "ict":
                ict = message.ict
                return IctFinding(
                    ict.kind, ict.detail, ict.sha256, ict.account, _moment(ict.occurred_at_ms)
                )
            case "usage":
                usage = message.usage
                return UsageCounts(
                    day=date.fromisoformat(usage.day),
                    account=usage.account,
                    counts=tuple((row.category, row.count) for row in usage.counts),
                )
            case "context":
                return _read_context(message.context)
            case other:
                raise DecodeError(f"event.body: {other or 'none'} is not known to this version")
    except (ValueError, OverflowError) as error:
        raise DecodeError(f"event.body: {error}") from error


def _write_compliance(body: ComplianceFinding, into: event_pb2.ComplianceFinding) -> None:
    into.check_id = body.check_id
    into.profile = body.profile
    into.status = _number(body.status)
    into.reason = body.reason
    into.title = body.title
    into.subject = body.subject
    into.enforced = _number(body.enforced)
    into.severity = _number(body.severity)
    into.expected = body.expected
    into.actual = body.actual
    into.clauses.extend(body.clauses)
    into.actor = _number(body.actor)
    into.source = body.source
    into.observed_at_ms = times.to_ms(body.observed_at)
    into.rule_version = body.rule_version
    into.advice_staff = body.advice_staff
    into.advice_ict = body.advice_ict
    into.due_at_ms = _ms(body.due_at)
    into.reference_as_of = body.reference_as_of.isoformat() if body.reference_as_of else ""


def _read_compliance(found: event_pb2.ComplianceFinding) -> ComplianceFinding:
    return ComplianceFinding(
        check_id=found.check_id,
        profile=found.profile,
        status=_member(Status, found.status),
        reason=found.reason,
        title=found.title,
        subject=found.subject,
        enforced=_member(Enforced, found.enforced),
        severity=_member(Severity, found.severity),
        expected=found.expected,
        actual=found.actual,
        clauses=tuple(found.clauses),
        actor=_member(Actor, found.actor),
        source=found.source,
        observed_at=moment(found.observed_at_ms, "compliance.observed_at_ms"),
        rule_version=found.rule_version,
        advice_staff=found.advice_staff,
        advice_ict=found.advice_ict,
        due_at=_moment(found.due_at_ms),
        reference_as_of=date.fromisoformat(found.reference_as_of)
        if found.reference_as_of
        else None,
    )


def _write_detection(body: DetectionFinding, into: event_pb2.DetectionFinding) -> None:
    into.rule_id = body.rule_id
    into.risk_area = _number(body.risk_area)
    into.subcategory = body.subcategory
    into.grade = body.grade.value
    into.lane = _number(body.lane)
    into.route = _number(body.route)
    into.channel = _number(body.channel)
    into.age_band = _number(body.age_band)
    into.score = body.score
    into.threshold = body.threshold
    into.pack = body.pack
    into.account = body.account
    into.occurred_at_ms = times.to_ms(body.occurred_at)
    into.content_hash = body.content_hash
    into.repeats = body.repeats
    into.canary = body.canary
    into.context_until_ms = _ms(body.context_until)
    if body.sealed is not None:
        _write_sealed(body.sealed, into.sealed)


def _read_detection(found: event_pb2.DetectionFinding) -> DetectionFinding:
    return DetectionFinding(
        rule_id=found.rule_id,
        risk_area=_member(RiskArea, found.risk_area),
        subcategory=found.subcategory,
        grade=Grade(found.grade),
        lane=_member(Lane, found.lane),
        route=_member(Route, found.route),
        channel=_member(Channel, found.channel),
        age_band=_member(AgeBand, found.age_band),
        score=found.score,
        threshold=found.threshold,
        pack=found.pack,
        account=found.account,
        occurred_at=moment(found.occurred_at_ms, "detection.occurred_at_ms"),
        content_hash=found.content_hash,
        repeats=found.repeats,
        canary=found.canary,
        sealed=_read_sealed(found.sealed) if found.HasField("sealed") else None,
        context_until=_moment(found.context_until_ms),
    )


def _read_context(found: event_pb2.ContextAnswer) -> ContextAnswer:
    if len(found.finding) != _EVENT_ID_BYTES:
        raise DecodeError(f"context.finding: {len(found.finding)} bytes instead of 16")
    return ContextAnswer(
        finding=EventId(found.finding.hex()),
        state=_member(ContextState, found.state),
        sealed=_read_sealed(found.sealed) if found.HasField("sealed") else None,
    )


def _write_sealed(sealed: Sealed, into: event_pb2.Sealed) -> None:
    into.suite = sealed.suite
    into.ciphertext = sealed.ciphertext
    for wrap in sealed.wraps:
        into.wraps.add(key_id=wrap.key_id, wrapped_key=wrap.wrapped_key)


def _read_sealed(found: event_pb2.Sealed) -> Sealed:
    wraps = tuple(Wrap(wrap.key_id, wrap.wrapped_key) for wrap in found.wraps)
    return Sealed(found.suite, found.ciphertext, wraps)


def _write_heartbeat(body: Heartbeat, into: event_pb2.Heartbeat) -> None:
    into.agent_version = body.agent_version
    into.system = body.system
    into.uptime_seconds = body.uptime_seconds
    into.key_protection = body.key_protection
    into.spool_events = body.spool_events
    into.spool_bytes = body.spool_bytes
    into.packs.extend(body.packs)
    into.policy_version = body.policy_version
    into.profile = body.profile
    into.clock_offset_ms = body.clock_offset_ms
    for sensor in body.sensors:
        into.sensors.add(
            name=sensor.name,
            state=_number(sensor.state),
            reason=sensor.reason,
            last_progress_ms=_ms(sensor.last_progress),
        )
    into.blind_spots.extend(body.blind_spots)
    for seen in body.log_roots:
        into.log_roots.add(size=seen.size, root=seen.root)


def _read_heartbeat(found: event_pb2.Heartbeat) -> Heartbeat:
    return Heartbeat(
        agent_version=found.agent_version,
        system=found.system,
        uptime_seconds=found.uptime_seconds,
        key_protection=found.key_protection,
        spool_events=found.spool_events,
        spool_bytes=found.spool_bytes,
        packs=tuple(found.packs),
        policy_version=found.policy_version,
        profile=found.profile,
        clock_offset_ms=found.clock_offset_ms,
        sensors=tuple(
            SensorReport(
                name=sensor.name,
                state=_member(SensorState, sensor.state),
                reason=sensor.reason,
                last_progress=_moment(sensor.last_progress_ms),
            )
            for sensor in found.sensors
        ),
        blind_spots=tuple(found.blind_spots),
        log_roots=tuple(LogRoot(seen.size, seen.root) for seen in found.log_roots),
    )


def _number(member: StrEnum) -> Any:  # the generated enum's own type
    return _NUMBERS[type(member), member.value]


def _member(choices: type[Choice], number: int) -> Choice:
    member = _MEMBERS.get((choices, number))
    if not isinstance(member, choices):
        raise DecodeError(f"{choices.__name__} {number} is not known to this version")
    return member


def _ms(moment: datetime | None) -> int:
    return 0 if moment is None else times.to_ms(moment)


def _moment(milliseconds: int) -> datetime | None:
    return moment(milliseconds, "a moment") if milliseconds else None


def moment(milliseconds: int, what: str) -> datetime:
    """Return a moment of the wire.

    Raises:
        DecodeError: no calendar reaches that far.
    """
    try:
        return times.from_ms(milliseconds)
    except OverflowError as error:
        raise DecodeError(f"{what}: {milliseconds} ms is no moment") from error
