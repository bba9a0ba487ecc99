"""Alerts: the list, the live list, one alert with its episode, and "I have seen this".

The safeguarding lead sees alerts about people, the ICT manager those about machines, and nobody
both (DESIGN.md section 1).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response, StreamingResponse

from tutelage_collector import acknowledging, contexts, episodes
from tutelage_collector.alerts import who
from tutelage_collector.bus import Changed
from tutelage_collector.contexts.desk import MOST_A_DAY
from tutelage_collector.errors import NotFoundError
from tutelage_collector.notify import health
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_alerting import Handling
from tutelage_collector.store.records_concerns import ConcernId
from tutelage_collector.web import site
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from starlette.requests import Request

    from tutelage_collector.store.records import Alert, Device
    from tutelage_collector.store.records_alerting import AlertState, Episode
    from tutelage_collector.store.records_escalation import Step
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site
    from tutelage_wire.events import DeviceId

_SHOWN = 100
_FETCHED = 300
_PING_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Line:
    """An episode in a list, with the alert that makes it as urgent as it is."""

    episode: Episode
    lead: Alert
    device: str


@dataclass(frozen=True, slots=True)
class Groups:
    """The list in the order of a working day."""

    waiting: tuple[Line, ...]
    """Nobody has looked yet, the most urgent first."""
    seen: tuple[Line, ...]
    """Somebody has."""
    quiet: tuple[Line, ...]
    """Nobody is told of these one by one: digest, trends, self-tests, and why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One alert with all that stands around it."""

    alert: Alert
    state: AlertState
    episode: Episode
    others: tuple[Alert, ...]
    """All of its episode, oldest first, this one too."""
    states: dict[EventId, AlertState]
    device: Device | None
    steps: tuple[Step, ...]
    """Who was told of it."""


async def alerts(request: Request, session: Session) -> Response:
    """The list, which a small script keeps up to date."""
    return await _list(request, session, "alerts.html")


async def rows(request: Request, session: Session) -> Response:
    """Only the rows of the list: what the script fetches when something new came."""
    return await _list(request, session, "alert_groups.html")


async def _list(request: Request, session: Session, template: str) -> Response:
    here = site.of(request)
    found = await run_in_threadpool(visible, here, session)
    troubles = await run_in_threadpool(health.troubles, here.store, session.school, here.clock())
    return here.show(template, session, groups=grouped(found), live=True, troubles=troubles)


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
                if isinstance(alert, Changed):
                    yield "event: change\ndata: {}\n\n"
                elif may_see(session, alert):
                    said = json.dumps({"event": alert.event_id, "grade": alert.grade})
                    yield f"event: alert\ndata: {said}\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


async def alert(request: Request, session: Session) -> Response:
    """One alert: what software saw, its episode, and the excerpt still sealed."""
    here = site.of(request)
    named = str(request.path_params["event_id"])
    if await run_in_threadpool(here.store.concern, ConcernId(named)):
        return RedirectResponse(f"/concerns/{named}", 303)  # a message told of a report
    found = await run_in_threadpool(find, here, request, session)
    await run_in_threadpool(
        here.store.audit, session.account, "alert viewed", f"alert {found.alert.event_id}", "",
        here.clock(),
    )  # fmt: skip
    held = await run_in_threadpool(here.store.concerns_of, [found.alert.event_id])
    more = None
    if contexts.may_ask(session.role, session.school, found.alert) and not found.alert.canary:
        more = await run_in_threadpool(
            contexts.look, here.store, here.config.trust, found.alert, here.clock()
        )
    return here.show(
        "alert.html", session, seen=found, alert=found.alert, device=found.device,
        concerns=held.get(found.alert.event_id, []), more=more, most_asked=MOST_A_DAY,
    )  # fmt: skip


async def acknowledge(request: Request, session: Session) -> Response:
    """Somebody has seen it: nobody further is told."""
    here = site.of(request)
    found = await run_in_threadpool(find, here, request, session)
    await run_in_threadpool(
        acknowledging.acknowledge, here.store, found.alert.event_id, session.account, here.clock()
    )
    here.bus.touch()
    return RedirectResponse(f"/alerts/{found.alert.event_id}", 303)


def may_see(session: Session, alert: Alert, *, told_head: bool = False) -> bool:
    """Tell whether an alert is this account's work, at this account's school.

    Args:
        session: who looks.
        alert: at what.
        told_head: it climbed up to the headteacher, whose work it is from then on.
    """
    if session.role is Role.HEAD:
        return told_head and session.school in (None, alert.school)
    return who(alert) is session.role and session.school in (None, alert.school)


def visible(here: Site, session: Session) -> list[Line]:
    """Return the latest episodes that the session may see, each with its leading alert."""
    episodes.take_in(here.store)
    wanted = {
        one.id: one for one in here.store.episodes(session.school, waiting=True, limit=_FETCHED)
    }
    wanted |= {one.id: one for one in here.store.episodes(session.school, limit=_FETCHED)}
    labels = labels_of(here, session)
    climbed = here.store.told(Role.HEAD.value) if session.role is Role.HEAD else set()
    lines = []
    for one in wanted.values():
        lead = leading(here.store.episode_alerts(one.id))
        if lead is not None and may_see(session, lead, told_head=one.id in climbed):
            lines.append(Line(one, lead, labels.get(one.device_id, one.device_id[:12])))
    return sorted(lines, key=lambda line: line.episode.latest_at, reverse=True)


def labels_of(here: Site, session: Session) -> dict[DeviceId, str]:
    """Return what people call the devices of a session's school."""
    return {
        view.device.id: view.device.evidence.label or view.device.id[:12]
        for view in here.store.devices(session.school)
    }


def leading(found: Iterable[Alert]) -> Alert | None:
    """Return the alert that makes an episode as urgent as it is: the first of the highest."""
    return max(found, key=lambda one: one.grade, default=None)


def grouped(found: list[Line]) -> Groups:
    """Return a list in the order of a working day."""
    ladder = {Handling.LADDER, Handling.BEFORE, Handling.MACHINES}
    waiting = [
        one for one in found
        if one.episode.acknowledged_at is None and one.episode.handling in ladder
    ]  # fmt: skip
    waiting.sort(key=lambda one: -one.episode.grade)
    seen = [one for one in found if one.episode.acknowledged_at is not None]
    quiet = [
        one for one in found
        if one.episode.acknowledged_at is None and one.episode.handling not in ladder
    ]  # fmt: skip
    return Groups(tuple(waiting), tuple(seen[:_SHOWN]), tuple(quiet[:_SHOWN]))


def find(here: Site, request: Request, session: Session) -> Seen:
    """Return the alert that a path names, with its episode.

    Raises:
        HTTPException: 404; the same for "not there" and "not yours": neither is a hint.
    """
    event_id = EventId(str(request.path_params["event_id"]))
    found = here.store.alert(event_id)
    episodes.take_in(here.store)
    try:
        episode = acknowledging.episode_of(here.store, event_id)
    except NotFoundError as error:
        raise HTTPException(404) from error
    climbed = session.role is Role.HEAD and episode.id in here.store.told(Role.HEAD.value)
    if found is None or not may_see(session, found, told_head=climbed):
        raise HTTPException(404)
    others = here.store.episode_alerts(episode.id)
    states = here.store.alert_states([one.event_id for one in others])
    return Seen(
        found, states[event_id], episode, tuple(others), states,
        here.store.device(found.device_id), tuple(here.store.steps(episode.id)),
    )  # fmt: skip
