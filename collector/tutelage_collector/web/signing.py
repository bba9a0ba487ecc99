"""Signing in and out. Slow on purpose for who guesses; the answer never says which half was wrong.

The limit counts by account *and* by address together with a looser one by address alone: nobody
can lock the safeguarding lead out from another place, and nobody can try all accounts from one.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from tutelage_collector import secrecy
from tutelage_collector.limits import Refusals
from tutelage_collector.web import guard, site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.sessions import Session

_WITHIN = timedelta(minutes=10)
_MOST_FOR_ACCOUNT = 5
_MOST_FOR_ADDRESS = 30
_HASHES_AT_ONCE = 2
_MAX_TEXT = 200
FORGET = {"clear-site-data": '"storage"'}
"""Has the browser forget a key that was left unlocked in it (``static/held.js``)."""


class Door:
    """The sign-in page of one collector."""

    def __init__(self) -> None:
        """Begin with nobody refused."""
        self._by_account = Refusals(_MOST_FOR_ACCOUNT, _WITHIN)
        self._by_address = Refusals(_MOST_FOR_ADDRESS, _WITHIN)
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def ask(self, request: Request) -> Response:
        """Show the form."""
        here = site.of(request)
        if here.session(request) is not None:
            return RedirectResponse("/", 303)
        answer = here.show("sign_in.html", None, wrong="", name="")
        answer.headers.update(FORGET)
        return answer

    async def enter(self, request: Request) -> Response:
        """Sign in, or say that it was not right."""
        guard.check_origin(request)
        here, now = site.of(request), site.of(request).clock()
        form = await request.form(max_files=0, max_fields=5, max_part_size=4096)
        name = str(form.get("name", ""))[:_MAX_TEXT].strip().lower()
        password = str(form.get("password", ""))[:_MAX_TEXT]
        address = request.client.host if request.client else "unknown"
        pair = f"{address} {name}"
        if self._by_account.too_many(pair, now) or self._by_address.too_many(address, now):
            return here.show(
                "sign_in.html", None, 429, name=name,
                wrong="Too many wrong passwords. Wait ten minutes, then try again.",
            )  # fmt: skip
        account = await run_in_threadpool(here.store.account, name)
        async with self._hashing:
            # An unknown account costs the same time as a wrong password.
            stored = account.password_hash if account else await run_in_threadpool(_nobodys_hash)
            right = await run_in_threadpool(secrecy.password_matches, stored, password)
        if account is not None:
            await run_in_threadpool(here.store.note_sign_in, name, now, right=right)
        if account is None or not right or not account.active:
            self._by_account.note(pair, now)
            self._by_address.note(address, now)
            await run_in_threadpool(
                here.store.audit, address, "sign-in refused", "account", name[:40], now
            )
            return here.show(
                "sign_in.html", None, 401, name=name,
                wrong="That name and password do not go together.",
            )  # fmt: skip
        self._by_account.forgive(pair)
        await run_in_threadpool(here.store.audit, name, "signed in", "account", address, now)
        answer = RedirectResponse("/", 303)
        here.sign_in(answer, account, address, request.headers.get("user-agent", ""))
        return answer


async def leave(request: Request, session: Session) -> Response:
    """Sign out."""
    here = site.of(request)
    here.sessions.end(request.cookies.get(here.cookie, ""))
    await run_in_threadpool(
        here.store.audit, session.account, "signed out", "account", "", here.clock()
    )
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(here.cookie, path="/", secure=here.secure, httponly=True)
    answer.headers.update(FORGET)
    return answer


@cache
def _nobodys_hash() -> str:
    return secrecy.hash_password(secrecy.new_password())
