"""A concern in CPOMS's words, and what a false positive tells the pack's authors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tutelage_collector.concerns import feedback
from tutelage_collector.cpoms import categories, export, narrative
from tutelage_collector.errors import ConcernError
from tutelage_collector.web import concern_pages, site
from tutelage_collector.web.said import SAY

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store.records_concerns import Concern
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site


async def narrative_page(request: Request, session: Session) -> Response:
    """The narrative to copy, its sealed words opened in the browser."""
    here = site.of(request)
    found = await run_in_threadpool(concern_pages.find, here, request, session)
    return await run_in_threadpool(_narrative, here, session, found)


def _narrative(here: Site, session: Session, found: Concern) -> Response:
    entries = here.store.concern_entries(found.id)
    alerts = here.store.concern_alerts(found.id)
    category = categories.load(here.config.folder).of(found)
    parts = narrative.narrative(found, entries, alerts, category, export.evidence_hash(alerts), SAY)
    here.store.audit(
        session.account, "concern: shown for CPOMS", f"concern {found.id}", "", here.clock()
    )
    return here.show("cpoms.html", session, concern=found, parts=parts, category=category)


async def feedback_page(request: Request, session: Session) -> Response:
    """What would be sent to the pack's authors: no text; as JSON to whom asks for it."""
    here = site.of(request)
    found = await run_in_threadpool(concern_pages.find, here, request, session)
    alerts = await run_in_threadpool(here.store.concern_alerts, found.id)
    try:
        rows = feedback.feedback(found, alerts, {}, "", here.clock())
    except ConcernError as error:
        raise HTTPException(409, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    text = json.dumps(rows, indent=2, ensure_ascii=False)
    if "download" in request.query_params:
        headers = {"content-disposition": 'attachment; filename="pack-feedback.json"'}
        return Response(text, media_type="application/json", headers=headers)
    return here.show("feedback.html", session, concern=found, rows=rows)
