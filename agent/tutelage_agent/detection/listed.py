"""A visit to a site of a list that has a grade: a finding that names the list, not the address.

Of a restricted list the site is not told either, to nobody: who may know its entries has the list.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from tutelage_wire import sealed
from tutelage_wire.events import Channel, DetectionFinding, Grade, Lane, Route
from tutelage_wire.sealed import Content, SealContext

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.detection.detector import Subject
    from tutelage_agent.reporter import Reporter
    from tutelage_agent.sensors.lists import ListedVisit

COALESCE_SECONDS = 600
"""A site is many visits; within ten minutes they are one finding."""
_MOST_REMEMBERED = 500


class ListedSites:
    """Thread-safe."""

    def __init__(self, subject: Subject, reporter: Reporter) -> None:
        """Report to ``reporter`` what visits of ``subject``'s device were."""
        self._subject, self._reporter = subject, reporter
        self._recent: dict[tuple[str, str, str], datetime] = {}
        self._lock = Lock()

    def visited(self, visit: ListedVisit) -> None:
        """Take a visit; on return its finding, or one of the same just before, is durably queued.

        Raises:
            SpoolError: it could not be kept; the sensor brings the visit again.
        """
        one = visit.listed
        if one.grade < Grade.DIGEST:
            return
        key = (one.id, visit.account, "" if one.restricted else visit.host)
        with self._lock:
            last = self._recent.get(key)
            if last is not None and 0 <= (visit.at - last).total_seconds() < COALESCE_SECONDS:
                return
            self._report(visit)
            self._recent.pop(key, None)
            self._recent[key] = visit.at
            if len(self._recent) > _MOST_REMEMBERED:
                del self._recent[next(iter(self._recent))]

    def _report(self, visit: ListedVisit) -> None:
        one, subject = visit.listed, self._subject
        event_id = subject.visit_id(one.id, visit.account, visit.host, visit.at)
        content = Content(
            excerpt=f"A page of the list “{one.title}” was opened",
            account=visit.account,
            source="" if one.restricted else visit.host,
        )
        context = SealContext(subject.trust_id, subject.device_id, event_id)
        self._reporter.report(
            DetectionFinding(
                rule_id=f"list.{one.id}",
                risk_area=one.risk_area,
                subcategory=one.category,
                grade=Grade(one.grade),
                lane=Lane.TOPIC,
                route=Route.CONCERN,
                channel=Channel.URL,
                age_band=subject.age_band,
                score=0,
                threshold=0,
                pack=f"list-{one.id}@{one.as_of.isoformat()}#{one.fingerprint}",
                account=subject.pseudonym(visit.account),
                occurred_at=visit.at,
                sealed=sealed.seal(content, subject.recipients, context),
            ),
            event_id,
        )
