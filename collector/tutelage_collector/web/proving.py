"""Who is signed in proves once more who they are, for what must not be done in passing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector import passkeys, secrecy
from tutelage_collector.errors import SecretError

if TYPE_CHECKING:
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


def by_passkey(here: Site, answer: str, purpose: str) -> Passkey:
    """Return the passkey that a browser proved to have.

    Args:
        here: the site.
        answer: what the browser sent, as JSON.
        purpose: for which the challenge was drawn.

    Raises:
        SecretError: it proves nothing: unknown, removed, signed elsewhere, too late, or twice.
    """
    now, proof = here.clock(), passkeys.read_proof(answer)
    passkey = here.store.passkey(proof.credential_id)
    if passkey is None:
        raise SecretError("this passkey is not known here")
    if not here.challenges.holds(proof.challenge, purpose, now):
        raise SecretError(f"passkey {passkey.short}: signed what was not asked, or too late")
    signs = passkeys.check(here.place, passkey, proof)
    if not here.challenges.spend(proof.challenge, now):
        raise SecretError(f"passkey {passkey.short}: the same answer twice")
    here.store.note_passkey(passkey.id, signs, now)
    return passkey
