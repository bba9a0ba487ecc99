"""Posts, agreements, training and reviews: how they stand, and what the console can note.

References of people are shown to the headteacher and the safeguarding lead alone; everybody else
sees counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector.errors import CollectorError
from tutelage_collector.registers import agreements, offices, reviews, training
from tutelage_collector.registers.due import Standing
from tutelage_collector.registers.offices import TITLES, Office
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_registers import (
    Completion,
    Holder,
    Member,
    ReviewDone,
    Signature,
)
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request

    from tutelage_collector.registers.agreements import Agreed, AgreedCount
    from tutelage_collector.registers.offices import Post
    from tutelage_collector.registers.reviews import Planned
    from tutelage_collector.registers.training import Trained, TrainedCount
    from tutelage_collector.store.records_registers import AgreementVersion
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_LATE = frozenset({Standing.NEVER, Standing.OVERDUE})
_LISTED = 100
_KEEPERS = frozenset({Role.DSL, Role.HEAD})
_OFFICE_OF = {Role.DSL: Office.DSL, Role.HEAD: Office.HEADTEACHER, Role.ICT: Office.ICT_MANAGER}
_MAX_TEXT, _MAX_NOTE, _MAX_REFERENCE = 60, 300, 64


@dataclass(frozen=True, slots=True)
class Registers:
    """All that the page shows."""

    posts: list[Post]
    reviews: list[Planned]
    agreed: list[AgreedCount]
    to_ask: list[Agreed]
    trained: list[TrainedCount]
    to_train: list[Trained]
    versions: list[AgreementVersion]


async def registers(request: Request, session: Session) -> Response:
    """How all registers stand."""
    here = site.of(request)
    found = await run_in_threadpool(_found, here, session)
    return here.show(
        "registers.html",
        session,
        found=found,
        keeper=session.role in _KEEPERS,
        schools=await run_in_threadpool(_schools, here, session),
        offices=[(one, TITLES[one]) for one in Office],
        kinds=agreements.SIGNERS,
        courses=training.courses(),
        listed=_LISTED,
    )


def _schools(here: Site, session: Session) -> list[str]:
    return [session.school] if session.school else here.store.schools() or [here.config.school]


def _found(here: Site, session: Session) -> Registers:
    store, today = here.store, here.clock().date()
    holders, done = store.holders(session.school), store.reviews_done(session.school)
    triggers, members = store.triggers(session.school), store.members(session.school)
    agreed = agreements.agreed(members, store.signatures(session.school), store.agreements(), today)
    trained = training.trained(members, store.completions(session.school), today)
    schools = _schools(here, session)
    versions = [agreements.in_force(store.agreements(), appendix) for appendix in (1, 2)]
    return Registers(
        posts=[post for school in schools for post in offices.posts(school, holders)],
        reviews=[
            one for school in schools for one in reviews.planned(school, done, triggers, today)
        ],
        agreed=agreements.counted(agreed),
        to_ask=[one for one in agreed if one.standing in _LATE],
        trained=training.counted(trained),
        to_train=[one for one in trained if one.standing in _LATE],
        versions=[one for one in versions if one],
    )


async def note(request: Request, session: Session) -> Response:
    """Note one thing: a review, a post, a signature or a course."""
    here, form = site.of(request), await request.form()
    act = _ACTS.get(str(request.path_params["what"]))
    if act is None:
        raise HTTPException(404)
    if session.role not in _KEEPERS and act is not _review:
        raise HTTPException(403)

    def noted() -> None:
        school = _text(form, "school", _MAX_TEXT)
        if school not in _schools(here, session):
            raise HTTPException(403)
        act(here, session, school, form)

    try:
        await run_in_threadpool(noted)
    except (CollectorError, ValueError) as error:
        raise HTTPException(400, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    return RedirectResponse("/registers", 303)


def _review(here: Site, session: Session, school: str, form: FormData) -> None:
    one, now = reviews.review(_text(form, "review", _MAX_TEXT)), here.clock()
    words = _text(form, "note", _MAX_NOTE, needed=False)
    office = _OFFICE_OF[session.role]
    here.store.add_review(ReviewDone(school, one.id, now.date(), office.value, words))
    here.store.audit(session.account, "review made", f"review {one.id}", f"school {school}", now)


def _post(here: Site, session: Session, school: str, form: FormData) -> None:
    office, now = Office(_text(form, "post", _MAX_TEXT)), here.clock()
    holder = _text(form, "holder", _MAX_TEXT)
    cover = _text(form, "cover", _MAX_TEXT, needed=False)
    here.store.set_holder(Holder(school, office.value, holder, cover, now))
    here.store.audit(session.account, "post given", f"post {office.value}", f"school {school}", now)


def _signature(here: Site, session: Session, school: str, form: FormData) -> None:
    kind, now = agreements.MemberKind(_text(form, "kind", _MAX_TEXT)), here.clock()
    reference, on = _text(form, "reference", _MAX_REFERENCE), _day(form, now.date())
    version = agreements.in_force(here.store.agreements(), agreements.appendix_of(kind))
    if version is None:
        raise HTTPException(400, "No agreement for them is published yet: ask the ICT manager.")
    here.store.add_members([Member(school, kind.value, reference, on)])
    here.store.add_signatures([Signature(school, kind.value, reference, version.version, on)])
    here.store.audit(
        session.account, "agreement signed", f"{kind.value} {reference}", version.version, now
    )


def _course(here: Site, session: Session, school: str, form: FormData) -> None:
    one, now = training.course(_text(form, "course", _MAX_TEXT)), here.clock()
    reference, on = _text(form, "reference", _MAX_REFERENCE), _day(form, now.date())
    kind = agreements.MemberKind(_text(form, "kind", _MAX_TEXT))
    if kind not in one.kinds:
        raise HTTPException(400, f"This course is for {', '.join(one.kinds)}.")
    here.store.add_members([Member(school, kind.value, reference, on)])
    here.store.add_completions([Completion(school, kind.value, reference, one.id, on)])
    here.store.audit(session.account, "training recorded", f"{kind.value} {reference}", one.id, now)


_ACTS = {"review": _review, "post": _post, "signature": _signature, "course": _course}


def _text(form: FormData, name: str, longest: int, *, needed: bool = True) -> str:
    value = str(form.get(name, "")).strip()
    if len(value) > longest or (needed and not value):
        raise HTTPException(400, f"Fill in “{name}”, with up to {longest} characters.")
    return value


def _day(form: FormData, today: date) -> date:
    text = _text(form, "on", 10, needed=False)
    on = date.fromisoformat(text) if text else today
    if on > today:
        raise HTTPException(400, "The day lies ahead: note it after it happened.")
    return on
