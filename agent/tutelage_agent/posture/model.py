"""What was seen, and what it means: the types that every check shares.

An ``Observation`` holds no opinion; a ``Judgement`` holds no access to the machine. Between the
two stands a pure function, so that an old observation can be judged again by a new rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from tutelage_agent.host.reading import Outcome
from tutelage_wire.events import Actor, ComplianceFinding, Enforced, Severity, Status

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = [
    "DEVICE",
    "Actor",
    "DeviceClass",
    "Enforced",
    "Judgement",
    "Observation",
    "Outcome",
    "Profile",
    "Reason",
    "Severity",
    "Status",
    "Tier",
    "Value",
    "Verdict",
]

DEVICE = "device"
"""The subject of what is true of the whole machine. Others: ``volume:/home``,
``account:<keyed hash>``, ``product:clamav``, ``profile:public``, ``session:<id>``."""

Value: TypeAlias = "bool | int | str | datetime | tuple[str, ...]"


class DeviceClass(StrEnum):
    """What the school uses the device for; the collector says it."""

    ASSIGNED = "assigned"
    """One member of staff's."""
    SHARED = "shared"
    """A classroom, a laboratory, a trolley."""
    LOAN = "loan"
    """Lent to one person after another."""


class Profile(StrEnum):
    """Whose rules an observation is judged by. They differ, and each is shown."""

    SCHOOL_S11 = "school-s11"
    """The trust's Online Safety Policy, section 11 (and 9.a)."""
    CYBER_ESSENTIALS = "cyber-essentials"
    """Cyber Essentials v3.3, as posture.md section 14 summarises it."""
    DFE = "dfe"
    """The Department for Education's cyber security standards for schools."""


class Tier(StrEnum):
    """What looking costs, and so how often it is done."""

    CHEAP = "cheap"
    """Files, sysfs, registry, one library call: every 15 minutes."""
    MEDIUM = "medium"
    """A short program, WMI, an account's own settings: every hour."""
    SLOW = "slow"
    """Update searches: once a day, and cached with its age."""


class Reason(StrEnum):
    """Why a judgement is what it is. Closed: the advice and the reports are keyed by it."""

    COMPLIANT = "compliant"
    # Bad, and seen to be so.
    OFF = "off"
    WEAK = "weak"
    SUSPENDED = "suspended"
    IN_PROGRESS = "in_progress"
    DECRYPTING = "decrypting"
    WAITING_ACTIVATION = "waiting_activation"
    SWAP_OPEN = "swap_open"
    NEVER_LOCKS = "never_locks"
    LOCKS_LATE = "locks_late"
    NO_PASSWORD_ON_WAKE = "no_password_on_wake"  # noqa: S105
    NOT_ENFORCED = "not_enforced"
    SEEN_UNLOCKED = "seen_unlocked"
    SEVERAL_PEOPLE = "several_people"
    GENERIC_ACCOUNT = "generic_account"
    GUEST_ACCOUNT = "guest_account"
    SIGNS_IN_BY_ITSELF = "signs_in_by_itself"
    NO_PASSWORD = "no_password"  # noqa: S105
    NO_LOCKOUT = "no_lockout"
    NOT_INSTALLED = "not_installed"
    NOT_RUNNING = "not_running"
    SCANNER_ONLY = "scanner_only"
    PASSIVE = "passive"
    EXPIRED = "expired"
    OUT_OF_DATE = "out_of_date"
    ENDED = "ended"
    EXTENDED_UNPROVEN = "extended_unproven"
    MISSING_FIXES = "missing_fixes"
    PENDING_RESTART = "pending_restart"
    PAUSED = "paused"
    DEFERRED = "deferred"
    MANUAL = "manual"
    OPEN = "open"
    AUTORUN = "autorun"
    UNMANAGED = "unmanaged"
    ADMINISTRATOR = "administrator"
    NOT_ACCEPTED = "not_accepted"
    OLD_VERSION_ACCEPTED = "old_version_accepted"
    ATTESTATION_EXPIRED = "attestation_expired"
    # Good, with something to know.
    ENDS_SOON = "ends_soon"
    GRACE = "grace"
    ATTESTED = "attested"
    # Could not be seen.
    DENIED = "denied"
    TIMEOUT = "timeout"
    UNSUPPORTED = "unsupported"
    NOT_FOUND = "not_found"
    NOT_OBSERVED = "not_observed"
    NO_USER_CONTEXT = "no_user_context"
    VOLUME_LOCKED = "volume_locked"
    SOURCE_STALE = "source_stale"
    STALE_REFERENCE_DATA = "stale_reference_data"
    NEWER_THAN_TABLE = "newer_than_table"
    NOT_IN_TABLE = "not_in_table"
    FIX_AGE_UNKNOWN = "fix_age_unknown"
    GOVERNED_ELSEWHERE = "governed_elsewhere"
    NOT_ATTESTED = "not_attested"
    NOT_ASSESSABLE = "not_assessable"
    JUST_STARTED = "just_started"
    # Does not apply.
    NOT_FITTED = "not_fitted"
    NO_DESKTOP = "no_desktop"
    SHARED_DEVICE = "shared_device"
    LEGACY_FIRMWARE = "legacy_firmware"
    # Ours to repair.
    TOOL_FAILED = "tool_failed"


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact about one subject, or why it was not seen. Never leaves the device as it is."""

    fact: str
    """A name from the table in the docstring of the check's control."""
    outcome: Outcome
    source: str
    """The rung that answered: ``sysfs:dm-uuid``, ``registry:InactivityTimeoutSecs``."""
    observed_at: datetime
    subject: str = DEVICE
    value: Value | None = None
    raw: str = ""
    """For ``--explain``: what the source said, trimmed; no person's name."""
    rung: int = 0
    """0: the best source answered; more: a fallback did."""
    needed: bool = True
    """A check cannot pass while a needed observation has no value."""
    as_of: datetime | None = None
    """When the source itself last looked (a cached update search); None: just now."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of one subject; the check completes it to a ``Judgement``."""

    status: Status
    reason: Reason
    actual: str = ""
    expected: str = ""
    subject: str = DEVICE
    enforced: Enforced = Enforced.UNKNOWN
    due_at: datetime | None = None
    source: str = ""
    """By default the sources of the subject's observations."""
    reference_as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one check means for one profile: its worst subject first, all subjects in ``parts``."""

    check_id: str
    title: str
    profile: Profile
    status: Status
    reason: Reason
    subject: str
    enforced: Enforced
    severity: Severity
    expected: str
    actual: str
    clauses: tuple[str, ...]
    actor: Actor
    source: str
    observed_at: datetime
    rule_version: int
    advice_staff: str = ""
    advice_ict: str = ""
    due_at: datetime | None = None
    reference_as_of: date | None = None
    parts: tuple[Verdict, ...] = ()
    evidence: tuple[Observation, ...] = ()

    def to_finding(self) -> ComplianceFinding:
        """Return the finding that may leave the device: no observation, no raw text."""
        return ComplianceFinding(
            check_id=self.check_id,
            profile=self.profile,
            status=self.status,
            reason=self.reason,
            title=self.title,
            subject=self.subject,
            enforced=self.enforced,
            severity=self.severity,
            expected=self.expected,
            actual=self.actual,
            clauses=self.clauses,
            actor=self.actor,
            source=self.source,
            observed_at=self.observed_at,
            rule_version=self.rule_version,
            advice_staff=self.advice_staff,
            advice_ict=self.advice_ict,
            due_at=self.due_at,
            reference_as_of=self.reference_as_of,
        )
