"""One's own passkeys: to sign in with, and to open with what only the passphrase opened before."""

from __future__ import annotations

import binascii
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from tutelage_collector import passkeys
from tutelage_collector.errors import NotFoundError, SecretError, StoreError
from tutelage_collector.recipients import own
from tutelage_collector.store.records_passkeys import CredentialId, PasskeyWrap
from tutelage_collector.web import navigation, proving, site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store.records_passkeys import Passkey
    from tutelage_collector.store.records_recipients import RecipientKey
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_MOST = 10
"""So many passkeys an account: two on a key ring, one in each computer."""
_NONCE_BYTES, _WRAPPED_BYTES = 12, 48
_MAX_ANSWER = 12_000


async def show(request: Request, session: Session) -> Response:
    """The account's passkeys, and how to add one."""
    here = site.of(request)
    held, opening = await run_in_threadpool(_held, here, session)
    return here.show(
        "passkeys.html",
        session,
        passkeys=held,
        opening=opening,
        has_key=bool(await run_in_threadpool(_own, here, session)),
        trouble=here.place.trouble,
        origin=here.place.origin,
        most=_MOST,
    )


async def begin(request: Request, session: Session) -> Response:
    """Say what a new passkey has to be like, to who typed the account's password."""
    here, form = site.of(request), await request.form()
    wrong = await proving.wrong_password(
        here, session, str(form.get("password", "")), "passkey refused"
    )
    if wrong:
        return JSONResponse({"says": wrong}, 401)
    held = await run_in_threadpool(here.store.passkeys, session.account)
    if here.place.trouble or len(held) >= _MOST:
        says = here.place.trouble or f"{_MOST} passkeys are enough: remove one first."
        return JSONResponse({"says": says}, 409)
    challenge = here.challenges.draw(_making(session), here.clock())
    options = passkeys.to_make(here.place, session.account, session.title, challenge, held)
    return JSONResponse(
        {"options": json.loads(options), "challenge": b64encode(challenge).decode()}
    )


async def keep(request: Request, session: Session) -> Response:
    """Keep a passkey that this account's browser made."""
    here, form, now = site.of(request), await request.form(), site.of(request).clock()
    challenge = _bytes(str(form.get("challenge", "")))
    answer, name = str(form.get("answer", ""))[:_MAX_ANSWER], str(form.get("name", ""))
    if not here.challenges.holds(challenge, _making(session), now):
        return JSONResponse({"says": "That took too long: reload the page, and try again."}, 409)

    def kept() -> Passkey:
        made = passkeys.made(here.place, session.account, name, answer, challenge, now)
        if not here.challenges.spend(challenge, now):
            raise SecretError("this passkey was kept already")
        here.store.add_passkey(made)
        here.store.audit(
            session.account, "passkey added", f"account {session.account}", made.short, now
        )
        return made

    try:
        made = await run_in_threadpool(kept)
    except SecretError as error:
        return JSONResponse({"says": f"{str(error)[:1].upper()}{str(error)[1:]}."}, 400)
    except StoreError as error:
        raise HTTPException(409, "This passkey is kept already.") from error
    return JSONResponse({"passkey": _row(made)})


async def wrap(request: Request, session: Session) -> Response:
    """Keep this account's private key under the secret of one of its passkeys."""
    here, form, now = site.of(request), await request.form(), site.of(request).clock()
    nonce, ciphertext = (_bytes(str(form.get(one, ""))) for one in ("nonce", "ciphertext"))
    key_id = str(form.get("key_id", ""))
    if len(nonce) != _NONCE_BYTES or len(ciphertext) != _WRAPPED_BYTES:
        raise HTTPException(400, "This is not what this version wraps.")

    def kept() -> None:
        passkey = _one(here, session, str(request.path_params["credential_id"]))
        if key_id not in {key.key_id for key in _own(here, session)}:
            raise HTTPException(404)
        here.store.wrap_for_passkey(PasskeyWrap(passkey.id, key_id, nonce, ciphertext, now))
        here.store.audit(
            session.account, "passkey opens key", f"key {key_id}", f"passkey {passkey.short}", now
        )

    await run_in_threadpool(kept)
    return Response(status_code=204)


async def remove(request: Request, session: Session) -> Response:
    """Forget a passkey, and all that it opens."""
    here, now = site.of(request), site.of(request).clock()

    def gone() -> None:
        passkey = _one(here, session, str(request.path_params["credential_id"]))
        try:
            here.store.remove_passkey(passkey.id)
        except NotFoundError as error:  # in another tab, at the same moment
            raise HTTPException(404) from error
        here.store.audit(
            session.account, "passkey removed", f"account {session.account}", passkey.short, now
        )

    await run_in_threadpool(gone)
    return RedirectResponse("/account/passkeys", 303)


def _making(session: Session) -> str:
    return f"make {session.account} {session.form_token}"


def _held(here: Site, session: Session) -> tuple[list[dict[str, object]], set[str]]:
    """Return the account's passkeys as the page shows them, and those that open its present key."""
    present = [key.key_id for key in _own(here, session)][:1]
    wraps = here.store.passkey_wraps(session.account)
    return (
        [
            _row(one) | {"name": one.name, "added": one.added_at, "used": one.used_at}
            for one in here.store.passkeys(session.account)
        ],
        {one.credential_id for one in wraps if one.key_id in present},
    )


def _own(here: Site, session: Session) -> list[RecipientKey]:
    if session.role not in navigation.HOLDERS:
        return []
    return own.keys_of(here.store, session.account, session.school, head=session.reads_staff)


def _one(here: Site, session: Session, credential_id: str) -> Passkey:
    found = here.store.passkey(CredentialId(credential_id))
    if found is None or found.account != session.account:
        raise HTTPException(404)
    return found


def _row(one: Passkey) -> dict[str, object]:
    return {
        "credential_id": one.id,
        "rp_id": one.rp_id,
        "salt": b64encode(one.salt).decode(),
    }


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
