"""Concerns: the queue, making one, and one with its timeline. What is written stays sealed here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from tutelage_collector import acknowledging, contexts, episodes, excerpts, state
from tutelage_collector.concerns import access, decisions, desk, rules, spread, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError, NotFoundError, SecretError
from tutelage_collector.recipients import own
from tutelage_collector.store.records_approvals import WORDS
from tutelage_collector.store.records_concerns import (
    About,
    ConcernId,
    ConcernState,
    EntryKind,
    Source,
)
from tutelage_collector.web import (
    alert_pages,
    concern_words,
    excerpt_page,
    seats,
    site,
)
from tutelage_wire.events import EventId

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request

    from tutelage_collector.contexts import Context
    from tutelage_collector.sealing import Reader
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_SPREAD_DAYS = 14
_MOST_ALERTS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A concern in the queue."""

    concern: Concern
    next: str
    alerts: int
    overdue: bool


async def concerns(request: Request, session: Session) -> Response:
    """The queue: open ones first, the most pressing on top."""
    here = site.of(request)
    return await run_in_threadpool(_queue, here, session)


def _queue(here: Site, session: Session) -> Response:
    now = here.clock()
    found = [one for one in here.store.concerns(session.school) if _mine(session, one)]
    lines = [
        Line(
            one,
            rules.next_step(one, here.store.concern_entries(one.id)),
            len(here.store.concern_events(one.id)),
            rules.cpoms_overdue(one, now),
        )
        for one in found
    ]
    return here.show(
        "concerns.html",
        session,
        open=[one for one in lines if one.concern.state is not ConcernState.CLOSED],
        closed=[one for one in lines if one.concern.state is ConcernState.CLOSED],
        logged=rules.logged(found, now),
        no_key=not own.keys_of(
            here.store, session.account, session.school, head=session.reads_staff
        ),
    )


async def begin(request: Request, session: Session) -> Response:
    """The form that makes a concern, from an alert's episode or without one."""
    here = site.of(request)
    alerts = await run_in_threadpool(_offered, here, session, request.query_params.get("event", ""))
    concern_id = ConcernId(workflow.new_id())
    school = alerts[0].school if alerts else session.school or here.config.school
    everybody = await run_in_threadpool(state.readers, here.store, school)
    lanes = {one: _readers_or_none(everybody, one) for one in About}
    return here.show(
        "concern_new.html",
        session,
        alerts=alerts,
        chosen=request.query_params.get("event", ""),
        concern_id=concern_id,
        draw=seats.seats(here.config.trust, concern_id),
        abouts=concern_words.ABOUT,
        readers=json.dumps(
            {one.value: json.loads(seats.readers_json(found)) for one, found in lanes.items()}
        ),
        past=rules.goes_past,
        nobody={one: _nobody(session, one) for one, found in lanes.items() if not found},
    )


def _nobody(session: Session, about: About) -> str:
    """Return what to do where nobody who works on a concern has a key."""
    who = access.who_works_on(about)
    if access.may_see_about(about, session.role, session.school, session.school or ""):
        return (
            "You have no key yet, so that nothing that you write can be sealed. Make yours first, "
            "on the page Who can read."
        )
    return (
        f"The {who} has no key yet, so that nothing that you write can be sealed to them. Speak to "
        "them in person, and ask them to make a key on the page Who can read."
    )


async def make(request: Request, session: Session) -> Response:
    """Make a concern."""
    here, form = site.of(request), await request.form()
    events = [EventId(str(one)) for one in form.getlist("event")][:_MOST_ALERTS]

    def stored() -> Concern:
        concern_id = ConcernId(workflow.checked_id(str(form.get("concern_id", ""))))
        about = About(str(form.get("about", "")))
        alerts = desk.alerts_of(here.store, events)
        school = alerts[0].school if alerts else session.school or here.config.school
        readers = _readers(here, about, school) if form.get("sealed") else ()
        sealed, entry_id = seats.sealed_of(form, readers)
        said = Said(session.account, here.clock(), sealed, entry_id)
        if alerts:
            if not all(alert_pages.may_see(session, one) for one in alerts):
                raise NotFoundError("an alert that is not this account's work")
            change = workflow.open_from_alerts(concern_id, alerts, about, said)
        else:
            grade = int(str(form.get("grade", "3")))
            change = workflow.open_by_hand(concern_id, school, about, grade, Source.PERSON, said)
        return desk.begin(here.store, change, said)

    concern = await run_in_threadpool(_tried, stored)
    here.bus.touch()
    if not _mine(session, concern):
        return here.show("concern_passed.html", session, past=rules.goes_past(concern.about))
    return RedirectResponse(f"/concerns/{concern.id}", 303)


async def concern(request: Request, session: Session) -> Response:
    """One concern: what to do next, its timeline, its alerts, and what can be done."""
    here = site.of(request)
    found = await run_in_threadpool(find, here, request, session)
    return await run_in_threadpool(_concern, here, session, found)


def _concern(here: Site, session: Session, found: Concern) -> Response:
    now = here.clock()
    entries = here.store.concern_entries(found.id)
    here.store.audit(session.account, "concern viewed", f"concern {found.id}", "", now)
    return here.show(
        "concern.html",
        session,
        concern=found,
        entries=entries,
        alerts=here.store.concern_alerts(found.id),
        mores=_mores(here, session, here.store.concern_alerts(found.id)),
        people=[
            account
            for account in dict.fromkeys(
                one.account for one in here.store.concern_alerts(found.id) if one.account
            )
            if here.store.person(account) is not None
        ],
        labels=alert_pages.labels_of(here, session),
        actions=[one for one in here.store.ict_actions(found.school) if one.concern_id == found.id],
        next=rules.next_step(found, entries),
        police_asked=rules.asks_about_police(found),
        for_cpoms=rules.belongs_on_cpoms(found),
        false_positive=found.outcome in rules.FALSE_POSITIVES,
        overdue=rules.cpoms_overdue(found, now),
        spread=spread.look(here.store, found, _SPREAD_DAYS, now),
        spread_days=_SPREAD_DAYS,
        looked=any(
            one.kind is EntryKind.SPREAD_LOOKED and one.by == session.account for one in entries
        ),
        words=concern_words,
        decided=[
            (one, WORDS[one.kind], one.state_at(now).value, decisions.ready(one, now))
            for one in decisions.of(here.store, found)
        ],
        kinds=[(kind, WORDS[kind]) for kind in decisions.KINDS],
        reasons=decisions.REASONS,
        draw=seats.seats(here.config.trust, found.id),
        readers=seats.readers_json(
            _readers_or_none(state.readers(here.store, found.school), found.about)
        ),
    )


def _mores(here: Site, session: Session, alerts: Sequence[Alert]) -> dict[EventId, Context]:
    """Return how it stands with more of the text of those alerts that the account may open."""
    mine = [one for one in alerts if contexts.may_ask(session.role, session.school, one)]
    return contexts.look_all(here.store, here.config.trust, mine, here.clock())


async def sealed(request: Request, session: Session) -> Response:
    """All that was written in one concern, as ciphertext."""
    here = site.of(request)
    found = await run_in_threadpool(find, here, request, session)
    return await run_in_threadpool(_sealed, here, session, found)


def _sealed(here: Site, session: Session, found: Concern) -> Response:
    trust = here.config.trust
    lines = [one for one in here.store.concern_entries(found.id) if one.sealed]
    alerts = here.store.concern_alerts(found.id)
    here.store.audit(
        session.account, "sealed concern fetched", f"concern {found.id}", "", here.clock()
    )
    for alert in alerts:
        here.store.audit(
            session.account, "sealed excerpt fetched", f"alert {alert.event_id}",
            f"concern {found.id}", here.clock(),
        )  # fmt: skip
    stretches = []
    for more in _mores(here, session, alerts).values():
        if more.came and more.answer is not None:
            stretch = excerpts.context(more.answer, trust, here.store)
            if stretch is not None:
                stretches.append(excerpt_page.as_json(stretch) | {"id": more.answer.event_id})
                here.store.audit(
                    session.account, "sealed stretch fetched", f"alert {more.answer.finding}",
                    f"concern {found.id}", here.clock(),
                )  # fmt: skip
    return JSONResponse(
        {
            "lines": [
                excerpt_page.as_json(note) | {"id": one.id}
                for one in lines
                if (note := excerpts.note(one, trust, here.store)) is not None
            ],
            "people": [
                excerpt_page.as_json(excerpts.person(person, trust, here.store))
                | {"id": person.pseudonym}
                for account in dict.fromkeys(one.account for one in alerts if one.account)
                if (person := here.store.person(account)) is not None
            ],
            "excerpts": [
                excerpt_page.as_json(excerpt) | {"id": alert.event_id}
                for alert in alerts
                if (excerpt := excerpts.find(alert, trust, here.store)) is not None
            ]
            + stretches,
        }
    )


def find(here: Site, request: Request, session: Session) -> Concern:
    """Return the concern that a path names.

    Raises:
        HTTPException: 404; the same for "not there" and "not yours": neither is a hint.
    """
    found = here.store.concern(ConcernId(str(request.path_params["concern_id"])))
    if found is None or not _mine(session, found):
        raise HTTPException(404)
    return found


def readers_of(here: Site, found: Concern) -> tuple[Reader, ...]:
    """Return to whom the words of a concern are sealed."""
    return _readers(here, found.about, found.school)


def _tried(stored: Callable[[], Concern]) -> Concern:
    try:
        return stored()
    except (ConcernError, SecretError) as error:
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except NotFoundError as error:
        raise HTTPException(404) from error
    except ValueError as error:
        raise HTTPException(400, "Choose from what the page offers.") from error


def _offered(here: Site, session: Session, event: str) -> list[Alert]:
    """Return the alerts of an alert's whole episode: usually they belong together."""
    if not event:
        return []
    found = here.store.alert(EventId(event))
    if found is None or not alert_pages.may_see(session, found):
        raise HTTPException(404)
    episodes.take_in(here.store)
    episode = acknowledging.episode_of(here.store, found.event_id)
    together = here.store.episode_alerts(episode.id)
    return [one for one in together if not one.canary][:_MOST_ALERTS]


def _mine(session: Session, one: Concern) -> bool:
    return access.may_see(one, session.role, session.school)


def _readers(here: Site, about: About, school: str) -> tuple[Reader, ...]:
    try:
        return access.readers(state.readers(here.store, school), about)
    except SecretError as error:
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def _readers_or_none(everybody: tuple[Reader, ...], about: About) -> tuple[Reader, ...]:
    try:
        return access.readers(everybody, about)
    except SecretError:
        return ()
