"""The rota: who would be told now, who is on duty when, and changing it, a row at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tutelage_collector import rota
from tutelage_collector.errors import ConfigError, RotaError
from tutelage_collector.notify import settings
from tutelage_collector.rota import editing, keeping, telling
from tutelage_collector.rota.model import Duty, Season
from tutelage_collector.web import site

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from tutelage_collector.rota import Cover, Fault, Person, Rota
    from tutelage_collector.store.records_escalation import RotaVersion
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_SEASONS = {Season.ALWAYS: "All year", Season.TERM: "In term", Season.HOLIDAY: "In holidays"}


@dataclass(frozen=True, slots=True)
class Hours:
    """A row of hours as the page shows it."""

    cover: Cover
    person: Person | None
    said: str
    now: bool
    """Whether it puts somebody on duty now."""


@dataclass(frozen=True, slots=True)
class Board:
    """The whole page."""

    rota: Rota
    version: RotaVersion | None
    told: tuple[str, ...]
    hours: tuple[Hours, ...]
    faults: tuple[Fault, ...]
    ways: tuple[str, ...]
    """That are set up, besides e-mail: to choose from."""


async def show(request: Request, session: Session) -> Response:
    """The rota, and who would be told now."""
    return await _page(request, session, "", 200)


async def change(request: Request, session: Session) -> Response:
    """Change one row; a mistake comes back with what may stand there."""
    here, form = site.of(request), await request.form()

    def done() -> str:
        try:
            action = _ACTIONS[_text(form, "action")]
            changed = action(keeping.load(here.store, _school(here, session)), form)
            keeping.save(here.store, changed, session.account, here.clock())
        except (RotaError, ValueError, KeyError) as error:
            return str(error) if isinstance(error, RotaError) else "That cannot be done here."
        return ""

    wrong = await run_in_threadpool(done)
    if wrong:
        return await _page(request, session, wrong, 422)
    return RedirectResponse("/rota", 303)


async def _page(request: Request, session: Session, wrong: str, status: int) -> Response:
    here = site.of(request)
    board = await run_in_threadpool(_board, here, _school(here, session))
    return here.show(
        "rota.html", session, status, board=board, wrong=wrong, duties=telling.DUTIES,
        seasons=_SEASONS, reached=telling.reached, all_duties=tuple(Duty),
    )  # fmt: skip


def _board(here: Site, school: str) -> Board:
    found, now = keeping.load(here.store, school), here.clock()
    try:
        ready: tuple[str, ...] | None = settings.load(here.config.folder).names
    except ConfigError:
        ready = None
    local = found.local(now)
    return Board(
        rota=found,
        version=here.store.rota(school),
        told=tuple(telling.would_be_told(found, now)),
        hours=tuple(
            Hours(one, found.person(one.person), telling.hours(one), found.covers(one, local))
            for one in found.cover
        ),
        faults=tuple(rota.check(found, now, ready)),
        ways=tuple(one for one in ready or () if one != "email"),
    )


def _school(here: Site, session: Session) -> str:
    return session.school or here.config.school


def _put_person(found: Rota, form: FormData) -> Rota:
    ways = [f"email:{one}" for one in [_text(form, "email")] if one]
    ways += [str(one) for one in form.getlist("way")]
    return editing.put_person(found, _text(form, "id"), _text(form, "duty"), ways)


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()[:200]


def _number(form: FormData) -> int:
    return int(_text(form, "number"))


_ACTIONS: dict[str, Callable[[Rota, FormData], Rota]] = {
    "put-person": _put_person,
    "remove-person": lambda found, form: editing.remove_person(found, _text(form, "id")),
    "add-hours": lambda found, form: editing.add_cover(
        found,
        _text(form, "person"),
        " ".join(str(one) for one in form.getlist("day")) or "every day",
        _text(form, "from"),
        _text(form, "until"),
        _text(form, "season"),
    ),
    "remove-hours": lambda found, form: editing.remove_cover(found, _number(form)),
    "raise-hours": lambda found, form: editing.raise_cover(found, _number(form)),
    "add-term": lambda found, form: editing.add_span(
        found, "term", _text(form, "name"), _text(form, "first"), _text(form, "last")
    ),
    "add-holiday": lambda found, form: editing.add_span(
        found, "holiday", _text(form, "name"), _text(form, "first"), _text(form, "last")
    ),
    "remove-term": lambda found, form: editing.remove_span(found, "term", _number(form)),
    "remove-holiday": lambda found, form: editing.remove_span(found, "holiday", _number(form)),
    "add-away": lambda found, form: editing.add_absence(
        found, _text(form, "person"), _text(form, "first"), _text(form, "last")
    ),
    "remove-away": lambda found, form: editing.remove_absence(found, _number(form)),
    "set-day": lambda found, form: editing.set_hours(
        found, quiet_from=_text(form, "quiet_from"), quiet_until=_text(form, "quiet_until")
    ),
}
