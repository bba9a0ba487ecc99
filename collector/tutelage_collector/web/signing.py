"""Signing in and out. Slow on purpose for who guesses; the answer never says which half was wrong.

The limit counts by account *and* by address together with a looser one by address alone: nobody
can lock the safeguarding lead out from another place, and nobody can try all accounts from one.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from tutelage_collector import passkeys, secrecy
from tutelage_collector.errors import SecretError
from tutelage_collector.limits import Refusals
from tutelage_collector.web import guard, proving, site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from tutelage_collector.store.records import Account
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_WITHIN = timedelta(minutes=10)
_MOST_FOR_ACCOUNT = 5
_MOST_FOR_ADDRESS = 30
_HASHES_AT_ONCE = 2
_MAX_TEXT = 200
_SIGN_IN = "sign in"
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
        answer = _form(here)
        # Not for a picture that another site has the browser fetch from here.
        if request.headers.get("sec-fetch-dest", "document") == "document":
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
            return _form(
                here, name, "Too many wrong passwords. Wait ten minutes, then try again.", 429
            )
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
            return _form(here, name, "That name and password do not go together.", 401)
        self._by_account.forgive(pair)
        await run_in_threadpool(here.store.audit, name, "signed in", "account", address, now)
        answer = RedirectResponse("/", 303)
        here.sign_in(answer, account, address, request.headers.get("user-agent", ""))
        return answer

    async def ask_passkey(self, request: Request) -> Response:
        """Say what a passkey of these pages has to sign."""
        guard.check_origin(request)
        here = site.of(request)
        if here.place.trouble:
            return JSONResponse({"says": here.place.trouble}, 409)
        challenge = here.challenges.draw(_SIGN_IN, here.clock())
        return JSONResponse({"options": json.loads(passkeys.to_prove(here.place, challenge))})

    async def enter_by_passkey(self, request: Request) -> Response:
        """Sign in whoever has the passkey; the answer never says what was wrong with it."""
        guard.check_origin(request)
        here, now = site.of(request), site.of(request).clock()
        form = await request.form(max_files=0, max_fields=5, max_part_size=16 * 2**10)
        address = request.client.host if request.client else "unknown"
        if self._by_address.too_many(address, now):
            return JSONResponse({"says": "Too many tries. Wait ten minutes, then try again."}, 429)

        def proved() -> Account:
            passkey = proving.by_passkey(here, str(form.get("answer", "")), _SIGN_IN)
            account = here.store.account(passkey.account)
            if account is None or not account.active:
                raise SecretError(f"passkey {passkey.short}: its account signs in no more")
            here.store.note_sign_in(account.name, now, right=True)
            here.store.audit(
                account.name, "signed in", "account", f"{address}, passkey {passkey.short}", now
            )
            return account

        try:
            account = await run_in_threadpool(proved)
        except SecretError:
            self._by_address.note(address, now)
            await run_in_threadpool(
                here.store.audit, address, "sign-in refused", "account", "passkey", now
            )
            return JSONResponse(
                {
                    "says": "That passkey does not sign in here. It may have been removed: sign in "
                    "with your password, and add it again."
                },
                401,
            )
        answer = Response(status_code=204)
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


def _form(here: Site, name: str = "", wrong: str = "", status: int = 200) -> HTMLResponse:
    return here.show(
        "sign_in.html", None, status, name=name, wrong=wrong,
        origin="" if here.place.trouble else here.place.origin,
    )  # fmt: skip


@cache
def _nobodys_hash() -> str:
    return secrecy.hash_password(secrecy.new_password())
