"""Who is signed in proves once more who they are, for what must not be done in passing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from tutelage_collector import passkeys, secrecy
from tutelage_collector.errors import SecretError
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store.records_passkeys import Passkey
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_MAX_TEXT = 200


async def wrong_password(here: Site, session: Session, typed: str, refused: str) -> str:
    """Return what is wrong with the password that was typed, in a sentence; "" = it is right.

    Args:
        here: the site.
        session: whose account's password it should be.
        typed: what was typed.
        refused: what stands on record where it is wrong.
    """
    name, now = session.account, here.clock()
    if here.guesses.too_many(name, now):
        return "Too many wrong passwords. Wait ten minutes, then try again."
    stored = session.holder.password_hash
    if await run_in_threadpool(secrecy.password_matches, stored, typed[:_MAX_TEXT]):
        here.guesses.forgive(name)
        return ""
    here.guesses.note(name, now)
    await run_in_threadpool(here.store.note_sign_in, name, now, right=False)
    await run_in_threadpool(here.store.audit, name, refused, f"account {name}", "", now)
    return "That is not your present password."


async def begin(request: Request, session: Session) -> Response:
    """Say what a passkey of this account has to sign."""
    here = site.of(request)
    held = await run_in_threadpool(here.store.passkeys, session.account)
    challenge = here.challenges.draw(_purpose(session), here.clock())
    options = passkeys.to_prove(here.place, challenge, held)
    return JSONResponse({"options": json.loads(options)})


async def wrong(here: Site, request: Request, session: Session, refused: str) -> str:
    """Return why a form does not prove who sends it, in a sentence; "" = it does, or just did.

    Args:
        here: the site.
        request: with a form that has ``password``, or a passkey's ``answer``, or needs neither.
        session: who is signed in.
        refused: what stands on record where it is wrong.
    """
    now, form = here.clock(), await request.form()
    if session.is_fresh(now):
        return ""
    password, answer = str(form.get("password", "")), str(form.get("answer", ""))
    if answer:
        says = await run_in_threadpool(_wrong_answer, here, session, answer, refused)
    elif password:
        says = await wrong_password(here, session, password, refused)
    else:
        return "You signed in a while ago: prove once more who you are, then decide."
    if not says:
        here.sessions.prove(request.cookies.get(here.cookie, ""), now)
    return says


def _wrong_answer(here: Site, session: Session, answer: str, refused: str) -> str:
    try:
        by_passkey(here, answer, _purpose(session), session.account)
    except SecretError:
        here.store.audit(
            session.account, refused, f"account {session.account}", "passkey", here.clock()
        )
        return "That passkey does not prove it is you. Try again, or type your password."
    return ""


def _purpose(session: Session) -> str:
    return f"prove {session.account} {session.form_token}"


def by_passkey(here: Site, answer: str, purpose: str, account: str = "") -> Passkey:
    """Return the passkey that a browser proved to have.

    Args:
        here: the site.
        answer: what the browser sent, as JSON.
        purpose: for which the challenge was drawn.
        account: whose it must be; "" = anybody's.

    Raises:
        SecretError: it proves nothing: unknown, removed, signed elsewhere, too late, or twice.
    """
    now, proof = here.clock(), passkeys.read_proof(answer)
    passkey = here.store.passkey(proof.credential_id)
    if passkey is None or account not in ("", passkey.account):
        raise SecretError("this passkey is not known here")
    if not here.challenges.holds(proof.challenge, purpose, now):
        raise SecretError(f"passkey {passkey.short}: signed what was not asked, or too late")
    signs = passkeys.check(here.place, passkey, proof)
    if not here.challenges.spend(proof.challenge, now):
        raise SecretError(f"passkey {passkey.short}: the same answer twice")
    here.store.note_passkey(passkey.id, signs, now)
    return passkey
