"""Alerts: the list, the live list, one alert, and its sealed excerpt for who may open it.

The safeguarding lead sees alerts about people, the ICT manager those about machines, and nobody
both (DESIGN.md section 1).
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response, StreamingResponse

from tutelage_collector import state
from tutelage_collector.alerts import who
from tutelage_collector.web import site
from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import DetectionFinding, EventId
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from tutelage_collector.store.records import Alert
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site
    from tutelage_wire.events import DeviceId

_SHOWN = 100
_FETCHED = 500
_PING_SECONDS = 15.0


async def alerts(request: Request, session: Session) -> Response:
    """The list, which a small script keeps up to date."""
    here = site.of(request)
    found, labels = await run_in_threadpool(visible, here, session)
    return here.show("alerts.html", session, alerts=found, labels=labels, live=True)


async def rows(request: Request, session: Session) -> Response:
    """Only the rows of the list: what the script fetches when something new came."""
    here = site.of(request)
    found, labels = await run_in_threadpool(visible, here, session)
    return here.show("alert_rows.html", session, alerts=found, labels=labels, live=True)


async def live(request: Request, session: Session) -> Response:
    """Server-sent events: that something new came, and how urgent it is; nothing else."""
    here = site.of(request)
    cookie = request.cookies.get(here.cookie, "")

    async def stream() -> AsyncIterator[str]:
        with here.bus.watch() as queue:
            yield "retry: 2000\n\n"
            while here.sessions.lives(cookie, here.clock()):
                try:
                    alert = await asyncio.wait_for(queue.get(), _PING_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if alert is None:
                    return
                if may_see(session, alert):
                    said = json.dumps({"event": alert.event_id, "grade": alert.grade})
                    yield f"event: alert\ndata: {said}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


async def alert(request: Request, session: Session) -> Response:
    """One alert: what software saw, and the excerpt still sealed."""
    here = site.of(request)
    found = await _find(here, request, session)
    device = await run_in_threadpool(here.store.device, found.device_id)
    await run_in_threadpool(
        here.store.audit, session.account, "alert viewed", f"alert {found.event_id}", "",
        here.clock(),
    )  # fmt: skip
    return here.show("alert.html", session, alert=found, device=device)


async def sealed(request: Request, session: Session) -> Response:
    """The ciphertext and the wrapped key; only the passphrase, in the browser, opens them."""
    here = site.of(request)
    found = await _find(here, request, session)
    try:
        body = codec.decode_event(found.event).body
    except WireError as error:
        raise HTTPException(404, "This alert carries no excerpt.") from error
    if not isinstance(body, DetectionFinding) or body.sealed is None:
        raise HTTPException(404, "This alert carries no excerpt.")
    await run_in_threadpool(
        here.store.audit, session.account, "sealed excerpt fetched", f"alert {found.event_id}",
        "", here.clock(),
    )  # fmt: skip
    context = SealContext(here.config.trust, found.device_id, found.event_id)
    key = await run_in_threadpool(state.browser_key, here.config.folder, state.DSL_RECIPIENT)
    return JSONResponse(
        {
            "suite": body.sealed.suite,
            "ciphertext": _b64(body.sealed.ciphertext),
            "context": _b64(context.encoded()),
            "wraps": [
                {"key_id": wrap.key_id.hex(), "wrapped_key": _b64(wrap.wrapped_key)}
                for wrap in body.sealed.wraps
            ],
            "key": key,
        }
    )


def may_see(session: Session, alert: Alert) -> bool:
    """Tell whether an alert is this account's work, at this account's school."""
    return who(alert) is session.role and session.school in (None, alert.school)


def visible(here: Site, session: Session) -> tuple[list[Alert], dict[DeviceId, str]]:
    """Return the newest alerts that the session may see, and the labels of their devices."""
    found = [one for one in here.store.alerts(session.school, _FETCHED) if may_see(session, one)]
    found = found[:_SHOWN]
    wanted = {one.device_id for one in found}
    labels = {
        view.device.id: view.device.evidence.label or view.device.id[:12]
        for view in here.store.devices(session.school)
        if view.device.id in wanted
    }
    return found, labels


async def _find(here: Site, request: Request, session: Session) -> Alert:
    event_id = EventId(str(request.path_params["event_id"]))
    found = await run_in_threadpool(here.store.alert, event_id)
    # The same answer for "not there" and "not yours": neither is a hint.
    if found is None or not may_see(session, found):
        raise HTTPException(404)
    return found


def _b64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
