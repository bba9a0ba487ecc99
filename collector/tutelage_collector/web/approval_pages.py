"""What waits for a second person, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from tutelage_collector import approvals
from tutelage_collector.errors import NotAllowedError, NotFoundError
from tutelage_collector.store.records_approvals import WORDS, ApprovalKind, ApprovalState
from tutelage_collector.web import proving, site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store.records_approvals import Approval
    from tutelage_collector.web.sessions import Session


@dataclass(frozen=True, slots=True)
class Line:
    """A request as the page shows it."""

    approval: Approval
    title: str
    state: ApprovalState
    why_not: str
    """Why this account may not decide it; "" = it may."""


async def listed(request: Request, session: Session) -> Response:
    """All requests that the account may see."""
    return await _listed(request, session)


async def _listed(
    request: Request, session: Session, wrong: str = "", status: int = 200
) -> Response:
    here = site.of(request)

    def lines() -> list[Line]:
        now = here.clock()
        return [
            Line(
                one,
                WORDS[one.kind],
                one.state_at(now),
                approvals.refusal(here.store, session.holder, one, now),
            )
            for one in approvals.visible(here.store, session.holder, now)
        ]

    found = await run_in_threadpool(lines)
    return here.show(
        "approvals.html",
        session,
        status,
        wrong=wrong,
        prove=not session.is_fresh(here.clock()),
        passkeys=bool(await run_in_threadpool(here.store.passkeys, session.account)),
        origin="" if here.place.trouble else here.place.origin,
        waiting=[line for line in found if line.state is ApprovalState.WAITING],
        past=[line for line in found if line.state is not ApprovalState.WAITING],
        kinds=[(kind, WORDS[kind]) for kind in ApprovalKind],
    )


async def ask(request: Request, session: Session) -> Response:
    """Ask for a second person."""
    here, form = site.of(request), await request.form()
    kind, subject, reason = (str(form.get(name, "")) for name in ("kind", "subject", "reason"))
    if kind not in set(ApprovalKind) or not subject.strip():
        raise HTTPException(400, "Say what should be done, and to what.")
    await _answered(
        approvals.ask,
        here.store,
        session.holder,
        ApprovalKind(kind),
        subject.strip()[:200],
        reason,
        here.clock(),
    )
    return RedirectResponse("/approvals", 303)


async def approve(request: Request, session: Session) -> Response:
    """Approve as the second person."""
    return await _decide(request, session, approve=True)


async def refuse(request: Request, session: Session) -> Response:
    """Refuse as the second person."""
    return await _decide(request, session, approve=False)


async def _decide(request: Request, session: Session, *, approve: bool) -> Response:
    here, form = site.of(request), await request.form()
    wrong = await proving.wrong(here, request, session, "decision refused")
    if wrong:
        return await _listed(request, session, wrong, 401)

    def decide() -> None:
        approvals.decide(
            here.store,
            session.holder,
            str(request.path_params["approval_id"]),
            here.clock(),
            str(form.get("note", "")),
            approve=approve,
        )

    await _answered(decide)
    return RedirectResponse("/approvals", 303)


async def _answered(act: object, *values: object) -> None:
    try:
        await run_in_threadpool(act, *values)  # type: ignore[arg-type]
    except NotFoundError as error:
        raise HTTPException(404) from error
    except NotAllowedError as error:
        sentence = str(error)
        raise HTTPException(403, f"{sentence[:1].upper()}{sentence[1:]}.") from error
