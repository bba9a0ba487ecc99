"""The first page: work for those who have some here, counts for governors, a door for staff."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector.coverage.heard import is_silent
from tutelage_collector.store.records import DeviceState, Role
from tutelage_collector.web import pages, site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_PERIOD = timedelta(days=28)
COUNTED = frozenset({Role.GOVERNOR, Role.LEADER})


async def home(request: Request, session: Session) -> Response:
    """Show what the account's role begins its day with."""
    here = site.of(request)
    if session.role in COUNTED:
        return await run_in_threadpool(_counts, here, session)
    if session.role is Role.STAFF:
        return here.show("staff.html", session)
    return await pages.overview(request, session)


def _counts(here: Site, session: Session) -> Response:
    """Counts without a name, a device or a number that points to one child."""
    now = here.clock()
    report = pages.make_report(here, session.school)
    views = [
        view
        for view in here.store.devices(session.school)
        if view.device.state is DeviceState.ACTIVE
    ]
    since = (now - _PERIOD).date().isoformat()
    counts: Counter[str] = Counter()
    for row in here.store.rollup(session.school, since):
        if row.kind == "detection":
            counts[row.area] += row.events
    return here.show(
        "counts.html",
        session,
        report=report,
        devices=len(views),
        heard=sum(1 for view in views if not is_silent(view, now)),
        areas=[pages.AreaCount(area, counts[area]) for area in pages.AREAS if counts[area]],
    )
