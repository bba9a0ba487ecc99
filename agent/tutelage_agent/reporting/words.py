"""What a person reports, as a finding: sealed to the safeguarding lead, in the urgent lane."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_wire import sealed
from tutelage_wire.events import Channel, DetectionFinding, Grade, Lane, RiskArea, Route
from tutelage_wire.sealed import Content, SealContext

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.detection import Subject
    from tutelage_wire.events import EventId

MOST_CHARACTERS = 3_000
RULE = "report.by_person"
PACK = "report@1.0.0#0000000000000000"
_FULL = 100


class How(StrEnum):
    """How somebody knows."""

    MYSELF = "It happened to me"
    SAW = "I saw it"
    TOLD = "Somebody told me"
    WORRIED = "I am worried, I am not sure"


class Urgency(StrEnum):
    """How soon somebody should look."""

    NOW = "now"
    TODAY = "today"
    SOON = "soon"


_GRADES = {
    Urgency.NOW: Grade.WITHIN_5_MINUTES,
    Urgency.TODAY: Grade.WITHIN_30_MINUTES,
    Urgency.SOON: Grade.SAME_DAY,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a person wrote. It exists in memory only until it is sealed."""

    words: str
    how: How
    urgency: Urgency
    name: str = ""
    """How to reach them, if they want."""


def finding_of(
    report: Report, subject: Subject, event_id: EventId, now: datetime
) -> DetectionFinding:
    """Return the finding: whoever speaks of themselves is offered help."""
    content = Content(
        excerpt=report.words[:MOST_CHARACTERS],
        account=report.name[:200],
        source=report.how.value,
    )
    context = SealContext(subject.trust_id, subject.device_id, event_id)
    return DetectionFinding(
        rule_id=RULE,
        risk_area=RiskArea.DISCLOSURE,
        subcategory="report",
        grade=_GRADES[report.urgency],
        lane=Lane.CRITICAL,
        route=Route.SUPPORT if report.how is How.MYSELF else Route.CONCERN,
        channel=Channel.REPORT,
        age_band=subject.age_band,
        score=_FULL,
        threshold=_FULL,
        pack=PACK,
        account="",
        occurred_at=now,
        sealed=sealed.seal(content, subject.recipients, context),
    )
