"""One's own account: password, sessions, and where it is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from tutelage_collector import secrecy
from tutelage_collector.web import proving, signing, site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.web.sessions import Session

_MAX_TEXT = 200


async def show(request: Request, session: Session) -> Response:
    """Show the account."""
    return await _shown(request, session)


async def change_password(request: Request, session: Session) -> Response:
    """Take another password; all other sessions of the account end."""
    here, form = site.of(request), await request.form()
    old, new, again = (str(form.get(name, ""))[:_MAX_TEXT] for name in ("present", "new", "again"))
    name, now = session.account, here.clock()
    wrong = await proving.wrong_password(here, session, old, "password change refused")
    if wrong:
        return await _shown(request, session, wrong, 401)
    why_not = secrecy.weakness(new, name)
    if new != again:
        why_not = "The two new passwords are not the same."
    if why_not:
        return await _shown(request, session, why_not, 400)
    hashed = await run_in_threadpool(secrecy.hash_password, new)
    await run_in_threadpool(here.store.set_password, name, hashed, now)
    await run_in_threadpool(here.store.audit, name, "password changed", f"account {name}", "", now)
    # All sessions of before are void now; this browser gets a new one.
    holder = await run_in_threadpool(here.store.account, name)
    here.sessions.end_all(name)
    answer = RedirectResponse("/account?done=1", 303)
    if holder is not None:
        here.sign_in(answer, holder, session.address, session.browser)
    return answer


async def leave_everywhere(request: Request, session: Session) -> Response:
    """Sign the account out in all browsers, this one too."""
    here, name = site.of(request), session.account
    await run_in_threadpool(here.store.end_sessions, name)
    await run_in_threadpool(
        here.store.audit, name, "signed out everywhere", f"account {name}", "", here.clock()
    )
    here.sessions.end_all(name)
    return RedirectResponse("/sign-in", 303, signing.FORGET)


async def _shown(
    request: Request, session: Session, wrong: str = "", status: int = 200
) -> Response:
    here = site.of(request)
    covers = await run_in_threadpool(here.store.covers, here.clock())
    return here.show(
        "account.html",
        session,
        status,
        wrong=wrong,
        done="done" in request.query_params,
        life=session.holder.life,
        sessions=here.sessions.of(session.account),
        covers=[one for one in covers if session.account in (one.absent, one.covering)],
    )
