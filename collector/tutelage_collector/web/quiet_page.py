"""Devices that should be heard and are not: who, since when, who was told; acknowledge and mute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector.errors import CollectorError, NotFoundError
from tutelage_collector.quiet import shown
from tutelage_collector.web import site
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_MUTE_DAYS = (1, 7, 30, 90)


async def listed(request: Request, session: Session) -> Response:
    """Those that are quiet now, those of the last days, and who is muted."""
    here = site.of(request)
    found = await run_in_threadpool(shown.board, here.store, session.school, here.clock())
    return here.show("quiet.html", session, board=found, mute_days=_MUTE_DAYS)


async def acknowledge(request: Request, session: Session) -> Response:
    """Take a quiet device up."""
    here, form = site.of(request), await request.form()
    note = str(form.get("note", "")).strip()[:200]

    def take(device_id: DeviceId) -> None:
        shown.acknowledge(here.store, device_id, session.account, note, here.clock())

    return await _change(request, session, here, take)


async def acknowledge_all(request: Request, session: Session) -> Response:
    """Take all up that wait: one fault of many."""
    here, form = site.of(request), await request.form()
    note = str(form.get("note", "")).strip()[:200]
    await run_in_threadpool(
        shown.acknowledge_all, here.store, session.school, session.account, note, here.clock()
    )
    return RedirectResponse("/quiet", 303)


async def mute(request: Request, session: Session) -> Response:
    """Let nobody be told of a device for some days."""
    here, form = site.of(request), await request.form()
    days, reason = str(form.get("days", "")), str(form.get("reason", ""))
    if not days.isdecimal() or int(days) not in _MUTE_DAYS:
        raise HTTPException(400, "Choose for how long.")

    def change(device_id: DeviceId) -> None:
        shown.mute(here.store, device_id, int(days), session.account, reason, here.clock())

    return await _change(request, session, here, change)


async def unmute(request: Request, session: Session) -> Response:
    """Let people be told again."""
    here = site.of(request)

    def change(device_id: DeviceId) -> None:
        shown.unmute(here.store, device_id, session.account, here.clock())

    return await _change(request, session, here, change)


async def _change(
    request: Request, session: Session, here: Site, change: Callable[[DeviceId], None]
) -> Response:
    device_id = DeviceId(str(request.path_params["device_id"]))

    def checked() -> None:
        device = here.store.device(device_id)
        if device is None or session.school not in (None, device.placement.school):
            raise NotFoundError(f"device {device_id}: not enrolled here")
        change(device_id)

    try:
        await run_in_threadpool(checked)
    except NotFoundError as error:
        raise HTTPException(404) from error
    except CollectorError as error:
        raise HTTPException(400, str(error).capitalize()) from error
    return RedirectResponse("/quiet", 303)
