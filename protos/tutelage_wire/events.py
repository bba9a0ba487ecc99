"""What an agent concludes and says: the event types, as frozen dataclasses.

Only findings leave a device; observations have no type here, and so no way out
(DESIGN.md section 2). The words are those of DESIGN.md section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from tutelage_wire.context import ContextAnswer
from tutelage_wire.ids import DeviceId as DeviceId
from tutelage_wire.ids import EventId as EventId  # noqa: TC001
from tutelage_wire.merkle_log import LogRoot  # noqa: TC001

if TYPE_CHECKING:
    from datetime import date, datetime

    from tutelage_wire.sealed import Sealed


class Status(StrEnum):
    """How a check ended (XCCDF's vocabulary). FAIL needs positive evidence; UNKNOWN is neither."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"
    EXEMPT = "exempt"


class Enforced(StrEnum):
    """Whether the person at the device can switch the setting off tomorrow."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Actor(StrEnum):
    """Who must act on a judgement."""

    STAFF = "staff"
    ICT = "ict"
    SUPPLIER = "supplier"
    NOBODY = "nobody"


class Severity(StrEnum):
    """How much a failed check matters. A property of the rule: no exemption alters it."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class RiskArea(StrEnum):
    """The four Cs of Keeping Children Safe in Education, and our two further routes."""

    CONTENT = "content"
    CONTACT = "contact"
    CONDUCT = "conduct"
    COMMERCE = "commerce"
    CIRCUMVENTION = "circumvention"
    DISCLOSURE = "disclosure"


class Channel(StrEnum):
    """The kind of source that a text came from."""

    FILE = "file"
    FILE_NAME = "file_name"
    DOWNLOAD = "download"
    SEARCH = "search"
    TITLE = "title"
    URL = "url"
    WINDOW = "window"
    REPORT = "report"


class AgeBand(StrEnum):
    """Whose device or account it is, by age; thresholds and grades differ."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SIXTH_FORM = "sixth_form"
    ADULT = "adult"


class Lane(StrEnum):
    """Critical phrases fire alone; topics need score, combination or repetition."""

    CRITICAL = "critical"
    TOPIC = "topic"


class Grade(IntEnum):
    """How soon a person must look (DESIGN.md section 5)."""

    TREND = 1
    DIGEST = 2
    SAME_DAY = 3
    WITHIN_30_MINUTES = 4
    WITHIN_5_MINUTES = 5


class Route(StrEnum):
    """Where a detection goes: to be looked into, or to offer help."""

    CONCERN = "concern"
    SUPPORT = "support"
    ICT = "ict"


@dataclass(frozen=True, slots=True)
class ComplianceFinding:
    """One judgement of one check, for one profile and subject."""

    check_id: str
    profile: str
    """``school-s11``, ``cyber-essentials`` or ``dfe``."""
    status: Status
    reason: str
    """From the closed set of the agent's ``posture.model.Reason``."""
    title: str
    subject: str
    """``device``, ``volume:/home``, ``account:<salted hash>``, ``product:<id>``."""
    enforced: Enforced
    severity: Severity
    expected: str
    actual: str
    clauses: tuple[str, ...]
    """What it answers to: ``OSP 11.a.2``, ``CE A6.4``, ``DfE cyber 4.3``."""
    actor: Actor
    source: str
    """The rung of the source ladder that answered, for example ``sysfs:dm-uuid``."""
    observed_at: datetime
    rule_version: int
    advice_staff: str = ""
    advice_ict: str = ""
    due_at: datetime | None = None
    reference_as_of: date | None = None


@dataclass(frozen=True, slots=True)
class DetectionFinding:
    """A monitored phrase was met. What alerting and counting need is clear; the rest is sealed."""

    rule_id: str
    """Or an opaque id, where the pack marks the rule's id itself as sensitive."""
    risk_area: RiskArea
    subcategory: str
    grade: Grade
    lane: Lane
    route: Route
    channel: Channel
    age_band: AgeBand
    score: int
    threshold: int
    pack: str
    """``kcsie@1.4.0#<first 16 hex digits of its SHA-256>``."""
    account: str
    """Pseudonym: keyed hash of the signed-in account, never its name."""
    occurred_at: datetime
    content_hash: str = ""
    """Keyed hash of the whole text: "which other devices saw the same", without the text."""
    repeats: int = 1
    """How often the same rule, account and source fired since the last such finding; or, where
    repetition over days raised the grade, on how many occasions within the rule's days."""
    canary: str = ""
    """Id of the self-test that made it; never becomes a concern."""
    sealed: Sealed | None = None
    context_until: datetime | None = None
    """Until when the device keeps more of the text, sealed; None = there is no more, or none."""


class SensorState(StrEnum):
    """What a sensor is doing now."""

    RUNNING = "running"
    PAUSED = "paused"
    BLIND = "blind"
    OUT_OF_SCOPE = "out_of_scope"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SensorReport:
    """One sensor's state and its last progress, so that a suspended process shows."""

    name: str
    state: SensorState
    reason: str
    last_progress: datetime | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The agent lives, and this is how it is."""

    agent_version: str
    system: str
    """``linux``, ``windows`` or ``macos``, with version and architecture."""
    uptime_seconds: int
    key_protection: str
    spool_events: int
    spool_bytes: int
    packs: tuple[str, ...]
    policy_version: int
    profile: str
    clock_offset_ms: int
    sensors: tuple[SensorReport, ...] = ()
    blind_spots: tuple[str, ...] = ()
    log_roots: tuple[LogRoot, ...] = ()
    """What this device saw of the collector's log: of this connection and of the one before."""


class IntegrityKind(StrEnum):
    """What happened to the monitoring itself."""

    AGENT_STARTED = "agent_started"
    AGENT_STOPPED = "agent_stopped"
    """It was told to end, while the device stays on."""
    DEVICE_OFF = "device_off"
    """A goodbye: the device shuts down or restarts, and the agent ends with it."""
    DEVICE_ASLEEP = "device_asleep"
    """A goodbye: the device goes to sleep."""
    DEVICE_AWAKE = "device_awake"
    SPOOL_QUARANTINED = "spool_quarantined"
    EVENTS_DROPPED = "events_dropped"
    CLOCK_WRONG = "clock_wrong"
    TIME_HOLE = "time_hole"
    KEY_REPLACED = "key_replaced"
    EPOCH_OPENED = "epoch_opened"
    POLICY_REFUSED = "policy_refused"
    POLICY_STALE = "policy_stale"
    POLICY_APPLIED = "policy_applied"
    MONITORING_STOPPED = "monitoring_stopped"
    MONITORING_RESUMED = "monitoring_resumed"
    SENSOR_FAILED = "sensor_failed"
    SELF_TEST_MISSED = "self_test_missed"
    FILE_UNINSPECTABLE = "file_uninspectable"
    # Raised by the collector about what it was sent:
    BATCH_REFUSED = "batch_refused"
    SEQUENCE_GAP = "sequence_gap"
    CHAIN_FORK = "chain_fork"
    EVENT_UNREADABLE = "event_unreadable"
    LOG_DIFFERS = "log_differs"
    """The collector's log is not the one that a device saw before: cut short, or shown in two
    forms. Found by the device, or by the collector in what a device tells."""


GOODBYES = frozenset(
    {IntegrityKind.AGENT_STOPPED, IntegrityKind.DEVICE_OFF, IntegrityKind.DEVICE_ASLEEP}
)
"""After one of these a device is not heard, and it has said why."""
GREETINGS = frozenset({IntegrityKind.AGENT_STARTED, IntegrityKind.DEVICE_AWAKE})


@dataclass(frozen=True, slots=True)
class IntegrityFinding:
    """Something about the monitoring itself that a person should be able to see."""

    kind: IntegrityKind
    detail: str
    """Ids, numbers and reasons only: never an excerpt, a name, a path below a home or a URL."""
    count: int = 1


@dataclass(frozen=True, slots=True)
class IctFinding:
    """For the ICT manager: a dangerous download, a VPN tool, a USB store. No person's text."""

    kind: str
    detail: str
    sha256: str = ""
    account: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsageCounts:
    """Counts per site category and day, sent only where the signed policy says so."""

    day: date
    account: str
    counts: tuple[tuple[str, int], ...]


Body = (
    ComplianceFinding
    | DetectionFinding
    | Heartbeat
    | IntegrityFinding
    | IctFinding
    | UsageCounts
    | ContextAnswer
)


@dataclass(frozen=True, slots=True)
class Event:
    """The signed unit. Encoded once; its place in the chain is in the batch that carries it."""

    id: EventId
    device_time: datetime
    monotonic_ms: int
    boot_id: str
    """32 hex digits that change with each boot: orders ``monotonic_ms``."""
    body: Body = field(compare=True)
