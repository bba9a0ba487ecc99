"""Messages: whether they get through, to whom, and trying again. Nothing of what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector.errors import NotFoundError
from tutelage_collector.notify import health
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.web.sessions import Session

_SHOWN = 200


async def listed(request: Request, session: Session) -> Response:
    """All messages of the session's school, the newest first."""
    here = site.of(request)
    found = await run_in_threadpool(here.store.notices, session.school, limit=_SHOWN)
    troubles = await run_in_threadpool(health.troubles, here.store, session.school, here.clock())
    return here.show("messages.html", session, notices=found, troubles=troubles)


async def retry(request: Request, session: Session) -> Response:
    """Try again now what waits or was given up."""
    here, form = site.of(request), await request.form()
    notice_id = str(form.get("notice", "")) or None
    try:
        await run_in_threadpool(here.store.retry_notices, here.clock(), notice_id, session.school)
    except NotFoundError as error:
        raise HTTPException(404) from error
    await run_in_threadpool(
        here.store.audit, session.account, "messages tried again", f"message {notice_id or 'all'}",
        "", here.clock(),
    )  # fmt: skip
    here.bus.touch()
    return RedirectResponse("/messages", 303)
