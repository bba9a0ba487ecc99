"""The steps of one concern, as its page's forms send them; and ICT's page of what to do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector.concerns import decisions, desk, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError, ConflictError, NotAllowedError, NotFoundError
from tutelage_collector.rights import decided
from tutelage_collector.store.records_approvals import ApprovalKind
from tutelage_collector.store.records_concerns import (
    ActionId,
    EntryKind,
    IctActionKind,
    Outcome,
    Police,
)
from tutelage_collector.web import alert_pages, concern_pages, seats, site
from tutelage_wire.events import DeviceId

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import FormData
    from starlette.requests import Request

    from tutelage_collector.store.records_concerns import Change, Concern
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

    Step = Callable[[Concern, FormData, Said], Change]


def _act(concern: Concern, form: FormData, said: Said) -> Change:
    device = str(form.get("device", ""))
    kind = IctActionKind(str(form.get("what", "")))
    site_name = str(form.get("site", ""))
    return workflow.ask_ict(concern, kind, site_name, DeviceId(device) if device else None, said)


_STEPS: dict[str, Step] = {
    "acknowledge": lambda concern, _, said: workflow.acknowledge(concern, said),
    "note": lambda concern, _, said: workflow.note(concern, said),
    "link": lambda concern, form, said: workflow.link(
        concern, str(form.get("pseudonym", "")).strip(), said
    ),
    "act": _act,
    "police": lambda concern, form, said: workflow.consider_police(
        concern, Police(str(form.get("police", ""))), said
    ),
    "outcome": lambda concern, form, said: workflow.decide(
        concern, Outcome(str(form.get("outcome", ""))), said
    ),
    "close": lambda concern, _, said: workflow.close(concern, said),
    "reopen": lambda concern, _, said: workflow.reopen(concern, said),
    "complaint": lambda concern, _, said: workflow.complaint(
        concern, said, is_open=concern.complaint_since is None
    ),
    "cpoms": lambda concern, form, said: workflow.log_on_cpoms(
        concern, str(form.get("reference", "")).strip(), said
    ),
    "spread": lambda concern, _, said: workflow.remark(
        concern, EntryKind.SPREAD_LOOKED, "14 days, devices", said
    ),
}
NAMES = frozenset(_STEPS)


async def take(request: Request, session: Session) -> Response:
    """Take one step of a concern."""
    here, form = site.of(request), await request.form()
    step = _STEPS.get(str(request.path_params["step"]))
    if step is None:
        raise HTTPException(404)
    concern = await run_in_threadpool(_take, here, request, session, step, form)
    here.bus.touch()
    anchor = "#spread" if step is _STEPS["spread"] else "#timeline"
    return RedirectResponse(f"/concerns/{concern.id}{anchor}", 303)


def _take(here: Site, request: Request, session: Session, step: Step, form: FormData) -> Concern:
    concern = concern_pages.find(here, request, session)
    readers = concern_pages.readers_of(here, concern) if form.get("sealed") else ()
    sealed, entry_id = seats.sealed_of(form, readers)
    said = Said(session.account, here.clock(), sealed, entry_id)
    try:
        return desk.take(here.store, concern, step(concern, form, said), said)
    except (ConcernError, ConflictError) as error:
        raise HTTPException(409, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except ValueError as error:
        raise HTTPException(400, "Choose from what the page offers.") from error


async def decide(request: Request, session: Session) -> Response:
    """Ask the second person about the material, or say that their decision is carried out."""
    here, form = site.of(request), await request.form()

    def take() -> None:
        concern = concern_pages.find(here, request, session)
        said = Said(session.account, here.clock())
        approval = str(form.get("approval", ""))
        if approval:
            decided.carry_out(here.store, concern, approval, said)
        else:
            kind = ApprovalKind(str(form.get("decision", "")))
            reason = decisions.Reason(str(form.get("reason", "")))
            decisions.ask(here.store, session.holder, concern, kind, reason, said)

    try:
        await run_in_threadpool(take)
    except (ConcernError, ConflictError, NotAllowedError, NotFoundError) as error:
        raise HTTPException(409, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    except ValueError as error:
        raise HTTPException(400, "Choose from what the page offers.") from error
    return RedirectResponse(f"/concerns/{request.path_params['concern_id']}#material", 303)


async def actions(request: Request, session: Session) -> Response:
    """What ICT is asked to do: never for whom or why."""
    here = site.of(request)
    found = await run_in_threadpool(here.store.ict_actions, session.school)
    labels = await run_in_threadpool(alert_pages.labels_of, here, session)
    return here.show(
        "ict_actions.html",
        session,
        open=[one for one in found if one.done_at is None],
        done=[one for one in found if one.done_at is not None][:50],
        labels=labels,
    )


async def finish(request: Request, session: Session) -> Response:
    """ICT has done it."""
    here = site.of(request)
    action_id = ActionId(str(request.path_params["action_id"]))
    action = await run_in_threadpool(here.store.ict_action, action_id)
    if action is None or session.school not in (None, action.school):
        raise HTTPException(404)
    with contextlib.suppress(NotFoundError):  # somebody else said so a moment ago
        await run_in_threadpool(
            desk.ict_done, here.store, action_id, Said(session.account, here.clock())
        )
    return RedirectResponse("/actions", 303)
