"""What the store keeps, as values. Times are aware UTC; ids are the wire's."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_context import ReceivedContext
    from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
    from tutelage_wire.events import DeviceId, EventId, RiskArea, Route, Status
    from tutelage_wire.merkle_log import LogRoot


class DeviceState(StrEnum):
    """Whether a device may speak."""

    ACTIVE = "active"
    REVOKED = "revoked"
    RETIRED = "retired"


class Role(StrEnum):
    """What an account may see (DESIGN.md section 1)."""

    DSL = "dsl"
    DEPUTY = "deputy"
    """Deputy safeguarding lead: acts as the lead."""
    ICT = "ict"
    HEAD = "head"
    LEADER = "leader"
    """Senior leader: sees counts, and acts as the head while on record as standing in."""
    GOVERNOR = "governor"
    """Sees counts, never a name."""
    STAFF = "staff"
    """Reports a concern, and sees nothing else."""


class Outcome(StrEnum):
    """How appending one batch ended. Refusing is not here: what is refused never gets this far."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    STORED_AFTER_GAP = "stored_after_gap"
    FORK = "fork"


@dataclass(frozen=True, slots=True)
class Placement:
    """What a join token gives to the devices that it lets in."""

    school: str
    group: str
    profile: str
    age_band: str
    device_class: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a device said about itself at enrolment: helps people, identifies nothing."""

    label: str = ""
    system: str = ""
    serial: str = ""
    hardware_uuid: str = ""
    machine_id_hash: str = ""
    tpm_ek_hash: str = ""
    agent_version: str = ""
    supersedes: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled device. ``tls_key`` is DER SubjectPublicKeyInfo, ``signing_key`` raw Ed25519."""

    id: DeviceId
    placement: Placement
    state: DeviceState
    epoch: int
    tls_key: bytes
    signing_key: bytes
    token_id: str
    enrolled_at: datetime
    certificate_expires_at: datetime
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EnrolmentProof:
    """What shows years later whose key signed a batch."""

    device_id: DeviceId
    signing_key: bytes
    at: datetime
    signing_key_certificate: bytes
    """ECDSA-SHA256 by the certified TLS key."""
    certificate_chain: bytes
    """PEM, leaf first."""


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device with its latest sign of life; ``heartbeat`` is the whole event's bytes."""

    device: Device
    last_seen_at: datetime | None
    heartbeat: bytes | None
    farewell: str = ""
    """Kind of the goodbye or greeting after which nothing else was heard; "" = there is none."""


@dataclass(frozen=True, slots=True)
class Token:
    """A join token. Its secret is not kept: see ``tokens.secret_of``."""

    id: str
    placement: Placement
    quota: int
    used: int
    not_before: datetime
    not_after: datetime
    revoked: bool
    created_at: datetime
    approve: bool = False
    """Whether a person lets each device in."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a device's chain stands in one epoch and lane."""

    next_sequence: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Append:
    """One verified batch, with the bytes that came and where they belong."""

    raw: bytes
    batch: SignedBatch
    header: BatchHeader
    head: bytes
    school: str
    received_ms: int


@dataclass(frozen=True, slots=True)
class Appended:
    """How one batch ended, and where its chain stands after the commit."""

    outcome: Outcome
    present: Head | None
    """None: nothing of this epoch and lane is stored."""
    epoch: int
    """The device's present epoch."""
    message: str = ""
    alerts: tuple[Alert, ...] = ()
    """Alerts that this batch made, not those that were there before."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A batch as it rests: what rebuilding and evidence read."""

    device_id: DeviceId
    epoch: int
    lane: TravelLane
    first_sequence: int
    school: str
    received_ms: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Projection:
    """What one batch changes in the projections, as tuples in the order of their columns.

    Tuples and not dataclasses, because this is the hot path: 100 events fill one of these.
    """

    judgements: list[JudgementRow] = field(default_factory=list)
    """In the order of the chain."""
    detections: list[Alert] = field(default_factory=list)
    integrity: list[IntegrityRow] = field(default_factory=list)
    heartbeats: list[tuple[int, bytes]] = field(default_factory=list)
    """(device's time in ms, the event's bytes) of the latest one, or nothing."""
    log_roots: list[LogRoot] = field(default_factory=list)
    """What the device saw of the collector's log, as the latest sign of life says."""
    counts: dict[Count, int] = field(default_factory=dict)
    """Events by day, kind, area and grade; detections are counted when their alert is stored."""
    ict: list[IctFindingRow] = field(default_factory=list)
    site_counts: list[SiteCountRow] = field(default_factory=list)
    contexts: list[ReceivedContext] = field(default_factory=list)
    """More of a text, that a person asked for."""
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    """(sequence, why): events whose bytes are stored but say nothing that this version knows."""


Count = tuple[str, str, str, int]
"""(ISO day, kind, risk area or "", grade or 0)."""

JudgementRow = tuple[str, str, str, str, int, int, int | None, str, bytes]
"""(profile, check, subject, status, sequence, observed ms and never after it came, due ms or None,
clauses one a line, the event's bytes)."""

IctFindingRow = tuple[str, str, str, str, str, int]
"""(event id, kind, detail, SHA-256 or "", pseudonym or "", when in ms)."""

SiteCountRow = tuple[str, str, str, int]
"""(ISO day, pseudonym, category, visits)."""

IntegrityRow = tuple[str, str, str, int, int]
"""(event id, kind, detail, count, device's time in ms)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Raised by software from one detection. No field of it tells what was written."""

    event_id: EventId
    device_id: DeviceId
    school: str
    grade: int
    route: Route
    risk_area: RiskArea
    subcategory: str
    channel: str
    age_band: str
    rule_id: str
    score: int
    threshold: int
    pack: str
    account: str
    """Pseudonym of the signed-in account."""
    repeats: int
    canary: str
    """Id of the self-test that made it; "" = real."""
    occurred_at: datetime
    """Device's clock."""
    received_at: datetime
    """Collector's clock."""
    epoch: int
    lane: TravelLane
    sequence: int
    """Its place in the device's chain."""
    event: bytes
    """The whole event, with the sealed excerpt."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The latest judgement of one check on one device; ``event`` holds all of the finding."""

    device_id: DeviceId
    school: str
    profile: str
    check_id: str
    subject: str
    status: Status
    previous_status: Status | None
    observed_at: datetime
    """Device's clock, but never later than it came."""
    first_failed_at: datetime | None
    due_at: datetime | None
    clauses: tuple[str, ...]
    event: bytes


@dataclass(frozen=True, slots=True)
class Drift:
    """One change of one judgement."""

    device_id: DeviceId
    school: str
    profile: str
    check_id: str
    before: Status
    after: Status
    at: datetime
    """When it was observed; never later than it came."""


@dataclass(frozen=True, slots=True)
class IntegrityEvent:
    """Something about the monitoring itself, said by a device or found by the collector."""

    id: str
    device_id: DeviceId | None
    school: str
    kind: str
    detail: str
    count: int
    origin: str
    """``device`` or ``collector``."""
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to what, when. Appended, never changed."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str
    actor_role: str = ""
    """Role of the actor's account then; "" = no account: a command, an address."""
    school: str = ""
    """School of the actor's account then; "" = all, or no account."""
    head: bytes = b""
    """What the row makes of the chain (``audit_chain.head_of``); empty = from before the chain."""
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who signs in to the pages."""

    name: str
    role: Role
    school: str
    """"" = all schools of the trust."""
    password_hash: str
    active: bool = True
    stamp: int = 1
    """Raised to end all of its sessions."""
    life: AccountLife | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AccountLife:
    """What happened to an account. No part of who it is: a sign-in changes it."""

    created_at: datetime | None
    password_at: datetime | None
    signed_in_at: datetime | None
    refused: int
    """Wrong passwords since the last sign-in."""


@dataclass(frozen=True, slots=True)
class RollupRow:
    """How many events of one kind a school had on one day."""

    day: str
    school: str
    kind: str
    area: str
    grade: int
    events: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What ``rebuild`` read."""

    batches: int
    unreadable: int
