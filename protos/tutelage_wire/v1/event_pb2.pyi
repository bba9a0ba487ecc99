from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_PASS: _ClassVar[Status]
    STATUS_FAIL: _ClassVar[Status]
    STATUS_UNKNOWN: _ClassVar[Status]
    STATUS_NOT_APPLICABLE: _ClassVar[Status]
    STATUS_ERROR: _ClassVar[Status]
    STATUS_EXEMPT: _ClassVar[Status]

class Enforced(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENFORCED_UNSPECIFIED: _ClassVar[Enforced]
    ENFORCED_YES: _ClassVar[Enforced]
    ENFORCED_NO: _ClassVar[Enforced]
    ENFORCED_UNKNOWN: _ClassVar[Enforced]

class Actor(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTOR_UNSPECIFIED: _ClassVar[Actor]
    ACTOR_STAFF: _ClassVar[Actor]
    ACTOR_ICT: _ClassVar[Actor]
    ACTOR_SUPPLIER: _ClassVar[Actor]
    ACTOR_NOBODY: _ClassVar[Actor]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_CRITICAL: _ClassVar[Severity]
    SEVERITY_HIGH: _ClassVar[Severity]
    SEVERITY_MEDIUM: _ClassVar[Severity]
    SEVERITY_LOW: _ClassVar[Severity]
    SEVERITY_INFO: _ClassVar[Severity]

class RiskArea(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_AREA_UNSPECIFIED: _ClassVar[RiskArea]
    RISK_AREA_CONTENT: _ClassVar[RiskArea]
    RISK_AREA_CONTACT: _ClassVar[RiskArea]
    RISK_AREA_CONDUCT: _ClassVar[RiskArea]
    RISK_AREA_COMMERCE: _ClassVar[RiskArea]
    RISK_AREA_CIRCUMVENTION: _ClassVar[RiskArea]
    RISK_AREA_DISCLOSURE: _ClassVar[RiskArea]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_FILE: _ClassVar[Channel]
    CHANNEL_FILE_NAME: _ClassVar[Channel]
    CHANNEL_DOWNLOAD: _ClassVar[Channel]
    CHANNEL_SEARCH: _ClassVar[Channel]
    CHANNEL_TITLE: _ClassVar[Channel]
    CHANNEL_URL: _ClassVar[Channel]
    CHANNEL_WINDOW: _ClassVar[Channel]
    CHANNEL_REPORT: _ClassVar[Channel]

class AgeBand(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AGE_BAND_UNSPECIFIED: _ClassVar[AgeBand]
    AGE_BAND_PRIMARY: _ClassVar[AgeBand]
    AGE_BAND_SECONDARY: _ClassVar[AgeBand]
    AGE_BAND_SIXTH_FORM: _ClassVar[AgeBand]
    AGE_BAND_ADULT: _ClassVar[AgeBand]

class Lane(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANE_UNSPECIFIED: _ClassVar[Lane]
    LANE_CRITICAL: _ClassVar[Lane]
    LANE_TOPIC: _ClassVar[Lane]

class Route(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROUTE_UNSPECIFIED: _ClassVar[Route]
    ROUTE_CONCERN: _ClassVar[Route]
    ROUTE_SUPPORT: _ClassVar[Route]
    ROUTE_ICT: _ClassVar[Route]

class ContextState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTEXT_STATE_UNSPECIFIED: _ClassVar[ContextState]
    CONTEXT_STATE_SENT: _ClassVar[ContextState]
    CONTEXT_STATE_NOT_KEPT: _ClassVar[ContextState]
    CONTEXT_STATE_SWITCHED_OFF: _ClassVar[ContextState]

class SensorState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENSOR_STATE_UNSPECIFIED: _ClassVar[SensorState]
    SENSOR_STATE_RUNNING: _ClassVar[SensorState]
    SENSOR_STATE_PAUSED: _ClassVar[SensorState]
    SENSOR_STATE_BLIND: _ClassVar[SensorState]
    SENSOR_STATE_OUT_OF_SCOPE: _ClassVar[SensorState]
    SENSOR_STATE_FAILED: _ClassVar[SensorState]
STATUS_UNSPECIFIED: Status
STATUS_PASS: Status
STATUS_FAIL: Status
STATUS_UNKNOWN: Status
STATUS_NOT_APPLICABLE: Status
STATUS_ERROR: Status
STATUS_EXEMPT: Status
ENFORCED_UNSPECIFIED: Enforced
ENFORCED_YES: Enforced
ENFORCED_NO: Enforced
ENFORCED_UNKNOWN: Enforced
ACTOR_UNSPECIFIED: Actor
ACTOR_STAFF: Actor
ACTOR_ICT: Actor
ACTOR_SUPPLIER: Actor
ACTOR_NOBODY: Actor
SEVERITY_UNSPECIFIED: Severity
SEVERITY_CRITICAL: Severity
SEVERITY_HIGH: Severity
SEVERITY_MEDIUM: Severity
SEVERITY_LOW: Severity
SEVERITY_INFO: Severity
RISK_AREA_UNSPECIFIED: RiskArea
RISK_AREA_CONTENT: RiskArea
RISK_AREA_CONTACT: RiskArea
RISK_AREA_CONDUCT: RiskArea
RISK_AREA_COMMERCE: RiskArea
RISK_AREA_CIRCUMVENTION: RiskArea
RISK_AREA_DISCLOSURE: RiskArea
CHANNEL_UNSPECIFIED: Channel
CHANNEL_FILE: Channel
CHANNEL_FILE_NAME: Channel
CHANNEL_DOWNLOAD: Channel
CHANNEL_SEARCH: Channel
CHANNEL_TITLE: Channel
CHANNEL_URL: Channel
CHANNEL_WINDOW: Channel
CHANNEL_REPORT: Channel
AGE_BAND_UNSPECIFIED: AgeBand
AGE_BAND_PRIMARY: AgeBand
AGE_BAND_SECONDARY: AgeBand
AGE_BAND_SIXTH_FORM: AgeBand
AGE_BAND_ADULT: AgeBand
LANE_UNSPECIFIED: Lane
LANE_CRITICAL: Lane
LANE_TOPIC: Lane
ROUTE_UNSPECIFIED: Route
ROUTE_CONCERN: Route
ROUTE_SUPPORT: Route
ROUTE_ICT: Route
CONTEXT_STATE_UNSPECIFIED: ContextState
CONTEXT_STATE_SENT: ContextState
CONTEXT_STATE_NOT_KEPT: ContextState
CONTEXT_STATE_SWITCHED_OFF: ContextState
SENSOR_STATE_UNSPECIFIED: SensorState
SENSOR_STATE_RUNNING: SensorState
SENSOR_STATE_PAUSED: SensorState
SENSOR_STATE_BLIND: SensorState
SENSOR_STATE_OUT_OF_SCOPE: SensorState
SENSOR_STATE_FAILED: SensorState

class Event(_message.Message):
    __slots__ = ("id", "device_time_ms", "monotonic_ms", "boot_id", "compliance", "detection", "heartbeat", "integrity", "ict", "usage", "context")
    ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    MONOTONIC_MS_FIELD_NUMBER: _ClassVar[int]
    BOOT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPLIANCE_FIELD_NUMBER: _ClassVar[int]
    DETECTION_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_FIELD_NUMBER: _ClassVar[int]
    ICT_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    device_time_ms: int
    monotonic_ms: int
    boot_id: bytes
    compliance: ComplianceFinding
    detection: DetectionFinding
    heartbeat: Heartbeat
    integrity: IntegrityFinding
    ict: IctFinding
    usage: UsageCounts
    context: ContextAnswer
    def __init__(self, id: _Optional[bytes] = ..., device_time_ms: _Optional[int] = ..., monotonic_ms: _Optional[int] = ..., boot_id: _Optional[bytes] = ..., compliance: _Optional[_Union[ComplianceFinding, _Mapping]] = ..., detection: _Optional[_Union[DetectionFinding, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., integrity: _Optional[_Union[IntegrityFinding, _Mapping]] = ..., ict: _Optional[_Union[IctFinding, _Mapping]] = ..., usage: _Optional[_Union[UsageCounts, _Mapping]] = ..., context: _Optional[_Union[ContextAnswer, _Mapping]] = ...) -> None: ...

class EventHead(_message.Message):
    __slots__ = ("id", "device_time_ms", "compliance", "detection", "heartbeat", "integrity", "ict", "usage", "context")
    ID_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    COMPLIANCE_FIELD_NUMBER: _ClassVar[int]
    DETECTION_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_FIELD_NUMBER: _ClassVar[int]
    ICT_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    id: bytes
    device_time_ms: int
    compliance: bytes
    detection: bytes
    heartbeat: bytes
    integrity: bytes
    ict: bytes
    usage: bytes
    context: bytes
    def __init__(self, id: _Optional[bytes] = ..., device_time_ms: _Optional[int] = ..., compliance: _Optional[bytes] = ..., detection: _Optional[bytes] = ..., heartbeat: _Optional[bytes] = ..., integrity: _Optional[bytes] = ..., ict: _Optional[bytes] = ..., usage: _Optional[bytes] = ..., context: _Optional[bytes] = ...) -> None: ...

class ComplianceFinding(_message.Message):
    __slots__ = ("check_id", "profile", "status", "reason", "title", "subject", "enforced", "severity", "expected", "actual", "clauses", "actor", "source", "observed_at_ms", "rule_version", "advice_staff", "advice_ict", "due_at_ms", "reference_as_of")
    CHECK_ID_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ENFORCED_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ACTUAL_FIELD_NUMBER: _ClassVar[int]
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    RULE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ADVICE_STAFF_FIELD_NUMBER: _ClassVar[int]
    ADVICE_ICT_FIELD_NUMBER: _ClassVar[int]
    DUE_AT_MS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_AS_OF_FIELD_NUMBER: _ClassVar[int]
    check_id: str
    profile: str
    status: Status
    reason: str
    title: str
    subject: str
    enforced: Enforced
    severity: Severity
    expected: str
    actual: str
    clauses: _containers.RepeatedScalarFieldContainer[str]
    actor: Actor
    source: str
    observed_at_ms: int
    rule_version: int
    advice_staff: str
    advice_ict: str
    due_at_ms: int
    reference_as_of: str
    def __init__(self, check_id: _Optional[str] = ..., profile: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ..., reason: _Optional[str] = ..., title: _Optional[str] = ..., subject: _Optional[str] = ..., enforced: _Optional[_Union[Enforced, str]] = ..., severity: _Optional[_Union[Severity, str]] = ..., expected: _Optional[str] = ..., actual: _Optional[str] = ..., clauses: _Optional[_Iterable[str]] = ..., actor: _Optional[_Union[Actor, str]] = ..., source: _Optional[str] = ..., observed_at_ms: _Optional[int] = ..., rule_version: _Optional[int] = ..., advice_staff: _Optional[str] = ..., advice_ict: _Optional[str] = ..., due_at_ms: _Optional[int] = ..., reference_as_of: _Optional[str] = ...) -> None: ...

class DetectionFinding(_message.Message):
    __slots__ = ("rule_id", "risk_area", "subcategory", "grade", "lane", "route", "channel", "age_band", "score", "threshold", "pack", "account", "occurred_at_ms", "content_hash", "repeats", "canary", "sealed", "context_until_ms")
    RULE_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_AREA_FIELD_NUMBER: _ClassVar[int]
    SUBCATEGORY_FIELD_NUMBER: _ClassVar[int]
    GRADE_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    AGE_BAND_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FIELD_NUMBER: _ClassVar[int]
    CANARY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    rule_id: str
    risk_area: RiskArea
    subcategory: str
    grade: int
    lane: Lane
    route: Route
    channel: Channel
    age_band: AgeBand
    score: int
    threshold: int
    pack: str
    account: str
    occurred_at_ms: int
    content_hash: str
    repeats: int
    canary: str
    sealed: Sealed
    context_until_ms: int
    def __init__(self, rule_id: _Optional[str] = ..., risk_area: _Optional[_Union[RiskArea, str]] = ..., subcategory: _Optional[str] = ..., grade: _Optional[int] = ..., lane: _Optional[_Union[Lane, str]] = ..., route: _Optional[_Union[Route, str]] = ..., channel: _Optional[_Union[Channel, str]] = ..., age_band: _Optional[_Union[AgeBand, str]] = ..., score: _Optional[int] = ..., threshold: _Optional[int] = ..., pack: _Optional[str] = ..., account: _Optional[str] = ..., occurred_at_ms: _Optional[int] = ..., content_hash: _Optional[str] = ..., repeats: _Optional[int] = ..., canary: _Optional[str] = ..., sealed: _Optional[_Union[Sealed, _Mapping]] = ..., context_until_ms: _Optional[int] = ...) -> None: ...

class ContextAnswer(_message.Message):
    __slots__ = ("finding", "state", "sealed")
    FINDING_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    finding: bytes
    state: ContextState
    sealed: Sealed
    def __init__(self, finding: _Optional[bytes] = ..., state: _Optional[_Union[ContextState, str]] = ..., sealed: _Optional[_Union[Sealed, _Mapping]] = ...) -> None: ...

class Sealed(_message.Message):
    __slots__ = ("suite", "ciphertext", "wraps")
    SUITE_FIELD_NUMBER: _ClassVar[int]
    CIPHERTEXT_FIELD_NUMBER: _ClassVar[int]
    WRAPS_FIELD_NUMBER: _ClassVar[int]
    suite: str
    ciphertext: bytes
    wraps: _containers.RepeatedCompositeFieldContainer[Wrap]
    def __init__(self, suite: _Optional[str] = ..., ciphertext: _Optional[bytes] = ..., wraps: _Optional[_Iterable[_Union[Wrap, _Mapping]]] = ...) -> None: ...

class Wrap(_message.Message):
    __slots__ = ("key_id", "wrapped_key")
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    WRAPPED_KEY_FIELD_NUMBER: _ClassVar[int]
    key_id: bytes
    wrapped_key: bytes
    def __init__(self, key_id: _Optional[bytes] = ..., wrapped_key: _Optional[bytes] = ...) -> None: ...

class SensorReport(_message.Message):
    __slots__ = ("name", "state", "reason", "last_progress_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LAST_PROGRESS_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: SensorState
    reason: str
    last_progress_ms: int
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[SensorState, str]] = ..., reason: _Optional[str] = ..., last_progress_ms: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("agent_version", "system", "uptime_seconds", "key_protection", "spool_events", "spool_bytes", "packs", "policy_version", "profile", "clock_offset_ms", "sensors", "blind_spots", "log_roots")
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    UPTIME_SECONDS_FIELD_NUMBER: _ClassVar[int]
    KEY_PROTECTION_FIELD_NUMBER: _ClassVar[int]
    SPOOL_EVENTS_FIELD_NUMBER: _ClassVar[int]
    SPOOL_BYTES_FIELD_NUMBER: _ClassVar[int]
    PACKS_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    SENSORS_FIELD_NUMBER: _ClassVar[int]
    BLIND_SPOTS_FIELD_NUMBER: _ClassVar[int]
    LOG_ROOTS_FIELD_NUMBER: _ClassVar[int]
    agent_version: str
    system: str
    uptime_seconds: int
    key_protection: str
    spool_events: int
    spool_bytes: int
    packs: _containers.RepeatedScalarFieldContainer[str]
    policy_version: int
    profile: str
    clock_offset_ms: int
    sensors: _containers.RepeatedCompositeFieldContainer[SensorReport]
    blind_spots: _containers.RepeatedScalarFieldContainer[str]
    log_roots: _containers.RepeatedCompositeFieldContainer[LogRoot]
    def __init__(self, agent_version: _Optional[str] = ..., system: _Optional[str] = ..., uptime_seconds: _Optional[int] = ..., key_protection: _Optional[str] = ..., spool_events: _Optional[int] = ..., spool_bytes: _Optional[int] = ..., packs: _Optional[_Iterable[str]] = ..., policy_version: _Optional[int] = ..., profile: _Optional[str] = ..., clock_offset_ms: _Optional[int] = ..., sensors: _Optional[_Iterable[_Union[SensorReport, _Mapping]]] = ..., blind_spots: _Optional[_Iterable[str]] = ..., log_roots: _Optional[_Iterable[_Union[LogRoot, _Mapping]]] = ...) -> None: ...

class LogRoot(_message.Message):
    __slots__ = ("size", "root")
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    size: int
    root: bytes
    def __init__(self, size: _Optional[int] = ..., root: _Optional[bytes] = ...) -> None: ...

class IntegrityFinding(_message.Message):
    __slots__ = ("kind", "detail", "count")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    kind: str
    detail: str
    count: int
    def __init__(self, kind: _Optional[str] = ..., detail: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class IctFinding(_message.Message):
    __slots__ = ("kind", "detail", "sha256", "account", "occurred_at_ms")
    KIND_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    detail: str
    sha256: str
    account: str
    occurred_at_ms: int
    def __init__(self, kind: _Optional[str] = ..., detail: _Optional[str] = ..., sha256: _Optional[str] = ..., account: _Optional[str] = ..., occurred_at_ms: _Optional[int] = ...) -> None: ...

class UsageCounts(_message.Message):
    __slots__ = ("day", "account", "counts")
    DAY_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    day: str
    account: str
    counts: _containers.RepeatedCompositeFieldContainer[UsageCount]
    def __init__(self, day: _Optional[str] = ..., account: _Optional[str] = ..., counts: _Optional[_Iterable[_Union[UsageCount, _Mapping]]] = ...) -> None: ...

class UsageCount(_message.Message):
    __slots__ = ("category", "count")
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    category: str
    count: int
    def __init__(self, category: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...
