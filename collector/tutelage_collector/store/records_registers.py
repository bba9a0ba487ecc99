"""What people keep up, as values: posts, agreements, training, reviews, marks of the ledger.

References are numbers or initials that the school knows, never names: a register says how many
are due, and the school's own list says who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a post, and who covers."""

    school: str
    office: str
    holder: str
    cover: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LedgerMark:
    """What people changed or confirmed about one clause of the policy."""

    clause: str
    owner: str
    """"" = the owner that ships."""
    reviewed_on: date | None = None
    reviewed_by: str = ""
    """A post, not a person."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who is expected to sign and to be trained."""

    school: str
    kind: str
    reference: str
    since: date


@dataclass(frozen=True, slots=True)
class AgreementVersion:
    """A text of the acceptable-use agreement, as it was published."""

    version: str
    appendix: int
    text: str
    digest: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """Somebody agreed to a version."""

    school: str
    kind: str
    reference: str
    version: str
    signed_on: date


@dataclass(frozen=True, slots=True)
class Completion:
    """Somebody took a course."""

    school: str
    kind: str
    reference: str
    course: str
    taken_on: date


@dataclass(frozen=True, slots=True)
class ReviewDone:
    """A review was made."""

    school: str
    review: str
    done_on: date
    office: str
    note: str


@dataclass(frozen=True, slots=True)
class ReviewTrigger:
    """A review is wanted before its time."""

    school: str
    review: str
    asked_on: date
    due_on: date
    because: str


@dataclass(frozen=True, slots=True)
class ReportSchedule:
    """A report that is made by itself."""

    id: str
    report: str
    school: str | None
    every: str
    address: str
    attach: bool
    created_at: datetime
    next_on: date


@dataclass(frozen=True, slots=True)
class ReportPost:
    """A made report on its way."""

    id: str
    schedule_id: str
    report: str
    school: str | None
    first: date
    last: date
    address: str
    attach: bool
    made_at: datetime
    tries: int
    next_try_at: datetime
    sent_at: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """Events of one kind in one month, from the daily counts."""

    month: str
    """``2026-11``."""
    kind: str
    events: int


@dataclass(frozen=True, slots=True)
class AlertCount:
    """Real alerts that are alike in all that reports ask."""

    grade: int
    area: str
    subcategory: str
    age_band: str
    channel: str
    alerts: int


@dataclass(frozen=True, slots=True)
class Waited:
    """How long one episode of alerts waited for a person, or waits still."""

    grade: int
    seconds: int
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class SelfTestCount:
    """Self-tests of one channel that reached the collector."""

    school: str
    channel: str
    tests: int
    devices: int
    slowest_ms: int
    """From the device's clock to ours."""


@dataclass(frozen=True, slots=True)
class IntegrityCount:
    """What happened to the monitoring itself, by kind."""

    school: str
    kind: str
    events: int
    devices: int
