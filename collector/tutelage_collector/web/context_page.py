"""More of an alert's text: the request with its reason, how it stands, and the sealed stretch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from tutelage_collector import contexts, excerpts
from tutelage_collector.errors import NotAllowedError
from tutelage_collector.web import alert_pages, excerpt_page, shown, site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.contexts import Context
    from tutelage_collector.store.records import Alert
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site


async def ask(request: Request, session: Session) -> Response:
    """Keep the request: the device is asked within a second, or when it comes back."""
    here, form = site.of(request), await request.form()
    reason = str(form.get("reason", ""))

    def kept() -> Alert:
        alert = _alert(here, request, session)
        try:
            contexts.ask(
                here.store, here.config.trust, alert, session.account, reason, here.clock()
            )
        except NotAllowedError as error:
            said = f"{str(error)[:1].upper()}{str(error)[1:]}".rstrip(".")
            raise HTTPException(400, f"{said}.") from error
        return alert

    alert = await run_in_threadpool(kept)
    return RedirectResponse(f"/alerts/{alert.event_id}#more", 303)


async def state(request: Request, session: Session) -> Response:
    """How it stands, for the page that waits: nothing that was written."""
    here = site.of(request)

    def found() -> dict[str, object]:
        stands = look(here, _alert(here, request, session))
        moment = f" {shown.moment(stands.moment)}." if stands.moment else ""
        return {"waits": stands.waits, "says": f"{stands.says}{moment}"}

    return JSONResponse(await run_in_threadpool(found))


async def sealed(request: Request, session: Session) -> Response:
    """The ciphertext of the stretch; a recipient's key, in the browser, opens it."""
    here = site.of(request)

    def found() -> dict[str, object]:
        alert = _alert(here, request, session)
        stands = look(here, alert)
        stretch = (
            excerpts.context(stands.answer, here.config.trust, here.store)
            if stands.came and stands.answer
            else None
        )
        if stretch is None:
            raise HTTPException(404, "The device has sent no more of this.")
        here.store.audit(
            session.account, "sealed stretch fetched", f"alert {alert.event_id}", "", here.clock()
        )
        return excerpt_page.as_json(stretch)

    return JSONResponse(await run_in_threadpool(found))


def look(here: Site, alert: Alert) -> Context:
    """Return how it stands with more of an alert's text."""
    return contexts.look(here.store, here.config.trust, alert, here.clock())


def _alert(here: Site, request: Request, session: Session) -> Alert:
    found = alert_pages.find(here, request, session).alert
    if not contexts.may_ask(session.role, session.school, found):
        raise HTTPException(404)
    return found
