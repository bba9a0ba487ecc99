"""Devices that wait until the ICT manager lets them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector.errors import NotFoundError
from tutelage_collector.store.records_waiting import WaitingState
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.web.sessions import Session


async def listed(request: Request, session: Session) -> Response:
    """Those that wait, and those that were refused."""
    here = site.of(request)
    found = await run_in_threadpool(here.store.waiting, session.school)
    return here.show(
        "waiting.html",
        session,
        waiting=[one for one in found if one.state is WaitingState.WAITING],
        decided=[one for one in found if one.state is not WaitingState.WAITING],
    )


async def approve(request: Request, session: Session) -> Response:
    """Let a device in."""
    return await _decide(request, session, approve=True)


async def refuse(request: Request, session: Session) -> Response:
    """Let a device not in."""
    return await _decide(request, session, approve=False)


async def _decide(request: Request, session: Session, *, approve: bool) -> Response:
    here = site.of(request)
    request_id = str(request.path_params["request_id"])

    def decide() -> None:
        found = here.store.waiting_request(request_id)
        if found is None or session.school not in (None, found.school):
            raise NotFoundError(f"request {request_id}: not known")
        here.store.decide_waiting(request_id, session.account, here.clock(), approve=approve)

    try:
        await run_in_threadpool(decide)
    except NotFoundError as error:
        raise HTTPException(404) from error
    return RedirectResponse("/waiting", 303)
