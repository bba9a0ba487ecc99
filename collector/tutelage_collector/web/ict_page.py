"""How devices are used: downloads, tools, tunnels and drives for ICT, staff use for the head."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector.ict_words import FOR_THE_HEAD, Told, in_words, rank
from tutelage_collector.store.records import Role
from tutelage_collector.web import alert_pages, site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.store.records_ict import ReceivedIctFinding
    from tutelage_collector.web.sessions import Session

_DAYS = 28
_MOST = 500


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one kind."""

    told: Told
    findings: list[ReceivedIctFinding]


async def listed(request: Request, session: Session) -> Response:
    """The last findings by kind, and visits by category of the last four weeks."""
    here = site.of(request)
    since = (here.clock() - timedelta(days=_DAYS)).date()
    found = await run_in_threadpool(here.store.ict_findings, session.school, "", _MOST)
    counts = await run_in_threadpool(here.store.site_counts, since, session.school)
    labels = await run_in_threadpool(alert_pages.labels_of, here, session)
    if session.role is Role.HEAD:
        found = [one for one in found if one.kind == FOR_THE_HEAD]
    else:
        found = [one for one in found if one.kind != FOR_THE_HEAD]
    kinds = sorted({one.kind for one in found}, key=lambda kind: (rank(kind), kind))
    visits: Counter[str] = Counter()
    for one in counts:
        visits[one.category] += one.visits
    return here.show(
        "ict_findings.html",
        session,
        groups=[
            Group(in_words(kind), [one for one in found if one.kind == kind]) for kind in kinds
        ],
        visits=visits.most_common(),
        for_head=session.role is Role.HEAD,
        labels=labels,
        most=_MOST,
        days=_DAYS,
    )
