"""What the store keeps of concerns. Nothing clear in it tells whom one is about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId, EventId

ConcernId = NewType("ConcernId", str)
"""32 hex digits."""
EntryId = NewType("EntryId", str)
"""32 hex digits, drawn before the words are sealed: their seal is bound to it."""
ActionId = NewType("ActionId", str)
"""16 hex digits."""


class About(StrEnum):
    """Whom a concern is about: it decides who works on it, and who never sees it."""

    PUPIL = "pupil"
    STAFF = "staff"
    DSL = "dsl"
    """The safeguarding lead or a deputy: it goes past them, to the headteacher."""
    ICT = "ict"
    HEAD = "head"
    """It goes past the headteacher, to the trust."""


class Source(StrEnum):
    """How a concern came about."""

    ALERTS = "alerts"
    """A person looked at alerts and made it."""
    REPORT = "report"
    """Somebody wrote on the report page."""
    PERSON = "person"
    """The safeguarding lead began one without an alert."""


class ConcernState(StrEnum):
    """How far a concern is."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_REVIEW = "in_review"
    OUTCOME = "outcome"
    """What came of it is decided; something is still to be done before it can be closed."""
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a concern ended (safeguarding.md 3.1): a closed list, so that it can be counted."""

    FALSE_POSITIVE_RULE = "false_positive_rule"
    FALSE_POSITIVE_CONTEXT = "false_positive_context"
    FALSE_POSITIVE_CURRICULUM = "false_positive_curriculum"
    NO_ACTION_BENIGN = "no_action_benign"
    ADVICE_TO_PUPIL = "advice_to_pupil"
    PASTORAL = "pastoral"
    PARENT_CONTACT = "parent_contact"
    BEHAVIOUR_POLICY = "behaviour_policy"
    CYBER_BULLYING = "cyber_bullying"
    SAFEGUARDING = "safeguarding_concern"
    REFERRAL_SOCIAL_CARE = "referral_social_care"
    REFERRAL_PREVENT = "referral_prevent"
    REFERRAL_POLICE = "referral_police"
    REFERRAL_CEOP = "referral_ceop"
    REFERRAL_LADO = "referral_lado"
    REFERRAL_HEALTH = "referral_health"
    STAFF_HR = "staff_hr"
    ICT_FILTER = "ict_filter"
    ICT_MALWARE = "ict_malware"
    ICT_DEVICE = "ict_device"


class Police(StrEnum):
    """What was decided when reporting to the police was considered (policy 7.g, 12.c)."""

    NOT_NEEDED = "not_needed"
    ADVICE_TAKEN = "advice_taken"
    REPORTED = "reported"


class EntryKind(StrEnum):
    """One line of a concern's timeline."""

    OPENED = "opened"
    ALERT_ADDED = "alert_added"
    NOTE = "note"
    PUPIL_LINKED = "pupil_linked"
    STATE = "state"
    OUTCOME = "outcome"
    POLICE = "police"
    ACTION_ASKED = "action_asked"
    ACTION_DONE = "action_done"
    COMPLAINT_OPENED = "complaint_opened"
    COMPLAINT_ENDED = "complaint_ended"
    DECISION_ASKED = "decision_asked"
    DECISION_MADE = "decision_made"
    SPREAD_LOOKED = "spread_looked"
    CPOMS_EXPORTED = "cpoms_exported"
    CPOMS_LOGGED = "cpoms_logged"


class IctActionKind(StrEnum):
    """What ICT can be asked to do. Closed, so that no name slips into a free text."""

    BLOCK_SITE = "block_site"
    UNBLOCK_SITE = "unblock_site"
    CHECK_MALWARE = "check_malware"
    KEEP_LOGS = "keep_logs"
    TAKE_DEVICE_IN = "take_device_in"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind of work
    REVIEW_FILTER = "review_filter"
    RESTRICT_APP = "restrict_app"


@dataclass(frozen=True, slots=True)
class Concern:
    """Where a concern stands."""

    id: ConcernId
    school: str
    about: About
    source: Source
    state: ConcernState
    grade: int
    risk_area: str
    """"" = a person's report that nobody has sorted yet."""
    subcategory: str
    opened_at: datetime
    opened_by: str
    acknowledged_at: datetime | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None
    closed_at: datetime | None = None
    police: Police | None = None
    complaint_since: datetime | None = None
    cpoms_reference: str = ""
    cpoms_by: str = ""
    cpoms_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``sealed`` is JSON that a recipient's key opens."""

    id: EntryId
    concern_id: ConcernId
    at: datetime
    by: str
    kind: EntryKind
    code: str = ""
    """A word of a closed list, a pseudonym or an id: never what somebody wrote."""
    sealed: str = ""
    number: int = 0
    """Its place in the timeline; the store gives it."""


@dataclass(frozen=True, slots=True)
class IctAction:
    """What ICT is asked to do."""

    id: ActionId
    concern_id: ConcernId
    school: str
    kind: IctActionKind
    target: str
    """Host of a web address; "" = none."""
    device_id: DeviceId | None
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """How complete logging on CPOMS is (policy 14.a): concerns whose outcome asks for it."""

    due: int
    done: int
    overdue: tuple[ConcernId, ...]
    median_hours: float | None
    """From the outcome to the log; None = nothing logged yet."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a concern: its new standing and the lines that say so, stored together."""

    concern: Concern
    entries: tuple[Entry, ...]
    alerts: tuple[EventId, ...] = ()
    action: IctAction | None = None
