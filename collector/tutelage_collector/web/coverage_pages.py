"""Coverage: what is seen, what is blind, and a self-test that anybody can do from this page."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tutelage_collector import coverage
from tutelage_collector.reports import coverage as rendered
from tutelage_collector.reports import spreadsheet
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.coverage import Coverage
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_CODE = re.compile(r"[a-z0-9]{4,12}")
_LETTERS, _DIGITS = "abcdefghjkmnpqrstuvwxyz", "23456789"
REFRESH_SECONDS = 3
"""How often the page of a test looks for what arrived; it needs no script for that."""


async def page(request: Request, session: Session) -> Response:
    """The whole school at a glance, the worst first."""
    here = site.of(request)

    def shown() -> Response:
        found = make(here, session)
        return here.show(
            "coverage.html",
            session,
            found=found,
            summary=rendered.summary(found),
            standings=rendered.standing_rows(found),
            faults=rendered.fault_rows(found),
            away=rendered.AWAY,
            proofs=rendered.PROOFS,
            spots=rendered.spot_rows(found),
            said=rendered.SAID,
            never_seen=coverage.never_seen(),
        )

    return await run_in_threadpool(shown)


async def as_csv(request: Request, session: Session) -> Response:
    """Each device, for a spreadsheet."""
    here = site.of(request)
    found = await run_in_threadpool(make, here, session)
    headers = {"content-disposition": 'attachment; filename="coverage.csv"'}
    text = spreadsheet.as_csv(rendered.device_rows(found))
    return Response(text, media_type="text/csv", headers=headers)


async def test(request: Request, session: Session) -> Response:
    """One self-test: the words to type somewhere, and what arrived of them so far."""
    here = site.of(request)
    code = request.query_params.get("code", "").lower()
    if not _CODE.fullmatch(code):
        return RedirectResponse(f"/coverage/test?code={_new_code()}", 303)

    def shown() -> Response:
        views = here.store.devices(session.school)
        return here.show(
            "coverage_test.html",
            session,
            code=code,
            arrivals=here.store.canaries_of(code, session.school),
            labels={one.device.id: one.device.evidence.label for one in views},
            refresh=REFRESH_SECONDS,
        )

    return await run_in_threadpool(shown)


def make(here: Site, session: Session) -> Coverage:
    """Return the coverage of what the session may see."""
    return coverage.of_store(here.store, session.school, here.clock())


def _new_code() -> str:
    both = _LETTERS + _DIGITS
    head = secrets.choice(_LETTERS) + secrets.choice(_LETTERS) + secrets.choice(_DIGITS)
    return head + "".join(secrets.choice(both) for _ in range(3))
