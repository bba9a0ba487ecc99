"""Who can read: the keys, a new one made in the browser, and sharing with it from the browser.

A key that somebody made here is *offered*: nothing is sealed to it before another holder, who can
read already, has compared its name and shared what there is.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tutelage_collector.errors import SecretError
from tutelage_collector.recipients import holder, sharing
from tutelage_collector.recipients import own as own_key
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_recipients import KeyState, RecipientKey, RecipientKind
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store import Store
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_STATES = {
    KeyState.OFFERED.value: "waits for another holder",
    KeyState.ACTIVE.value: "devices seal to it",
    KeyState.REPLACED.value: "replaced; still opens what was sealed to it",
}


async def recipients(request: Request, session: Session) -> Response:
    """The keys of this account's school, what waits, and how to make one."""
    here = site.of(request)
    keys = await run_in_threadpool(_seen, here, session)
    own = [key for key in keys if key.name == session.account]
    bound = b64encode(holder.bound(session.account)).decode()
    return here.show(
        "recipients.html",
        session,
        keys=keys,
        states=_STATES,
        offered=[key for key in keys if key.state is KeyState.OFFERED],
        recovery=any(
            key.kind is RecipientKind.RECOVERY and key.state is KeyState.ACTIVE for key in keys
        ),
        heads=any(key.kind is RecipientKind.HEAD and key.state is KeyState.ACTIVE for key in keys),
        mine=any(key.state is KeyState.ACTIVE for key in own),
        waiting=any(key.state is KeyState.OFFERED for key in own),
        bound=bound,
    )


async def offer(request: Request, session: Session) -> Response:
    """Keep the public half of a key that this account's browser has drawn."""
    here = site.of(request)
    form = await request.form()
    try:
        row = json.loads(str(form.get("offer", "")))
        row["kind"] = _kind_of(session).value
        made = holder.parse_offer(row, "offer")
    except (ValueError, TypeError, SecretError) as error:
        raise HTTPException(400, "This is not a key that this version makes.") from error
    if made.name != session.account or not made.browser_key:
        raise HTTPException(400, "A key carries the name of the account that makes it.")

    def keep() -> None:
        own = [key for key in _seen(here, session) if key.name == session.account]
        if any(key.state is KeyState.OFFERED for key in own):
            raise HTTPException(409, "A key of yours waits already.")
        active = next((key for key in own if key.state is KeyState.ACTIVE), None)
        key = RecipientKey(
            name=made.name,
            kind=active.kind if active else _kind_of(session),
            school=active.school if active else session.school or "",
            public_key=made.public_key,
            browser_key=made.browser_key,
            state=KeyState.OFFERED,
            added_at=here.clock(),
        )
        here.store.add_recipient(key)
        here.store.audit(
            session.account, "recipient key offered", f"recipient {key.name}",
            f"key {key.key_id}", here.clock(),
        )  # fmt: skip

    await run_in_threadpool(keep)
    return Response(status_code=204)


async def request_to_share(request: Request, session: Session) -> Response:
    """What a key cannot open yet, as wrapped keys."""
    here = site.of(request)

    def found() -> dict[str, object]:
        to = _one(here, session, str(request.path_params["key_id"]))
        asked = sharing.request(here.store, here.config.trust, to)
        return {
            "public_key": b64encode(to.public_key).decode(),
            "excerpts": [sharing.excerpt_row(event, one) for event, one in asked.excerpts],
        }

    return JSONResponse(await run_in_threadpool(found))


async def accept(request: Request, session: Session) -> Response:
    """Keep what this account's browser shared; with the last part, let devices seal to the key."""
    here = site.of(request)
    form = await request.form()
    try:
        answer = sharing.loads_answer(str(form.get("answer", "")))
    except SecretError as error:
        raise HTTPException(400, "This is not what this version shares.") from error

    def keep() -> None:
        to = _one(here, session, str(request.path_params["key_id"]))
        readers = {
            key.key_id
            for key in _seen(here, session)
            if key.name == session.account and key.state in (KeyState.ACTIVE, KeyState.REPLACED)
        }
        # Whoever offers a key does not let it in, unless it replaces one that reads already.
        if answer.key_id != to.key_id or answer.by_key_id not in readers:
            raise HTTPException(403, "Another holder, who can read already, has to let it in.")
        now = here.clock()
        try:
            kept = sharing.keep(here.store, to.key_id, answer.by_key_id, answer.wrapped, now)
        except SecretError as error:
            raise HTTPException(400, "This is not what this version shares.") from error
        if kept:
            here.store.audit(
                session.account, "excerpts shared", f"recipient {to.name}",
                f"{kept} with key {to.key_id}, opened by key {answer.by_key_id}", now,
            )  # fmt: skip
        if form.get("last") and to.state is KeyState.OFFERED:
            here.store.activate_recipient(to.key_id, now)
            here.store.audit(
                session.account, "recipient added", f"recipient {to.name}", f"key {to.key_id}", now
            )

    await run_in_threadpool(keep)
    return Response(status_code=204)


async def own(request: Request, session: Session) -> Response:
    """The caller's own keys, wrapped: what a passphrase or a passkey opens in the browser."""
    here = site.of(request)
    return JSONResponse(await run_in_threadpool(own_keys, here.store, session))


def own_keys(store: Store, session: Session) -> list[dict[str, object]]:
    """Return the keys that this account's passphrase or passkeys may open, wrapped, JSON-ready."""
    held = {one.id: one for one in store.passkeys(session.account)}
    wraps = store.passkey_wraps(session.account)
    return [
        {
            "key_id": key.key_id,
            "public_key": b64encode(key.public_key).decode(),
            "wrapped": json.loads(key.browser_key),
            "passkeys": [
                {
                    "credential_id": one.credential_id,
                    "rp_id": held[one.credential_id].rp_id,
                    "salt": b64encode(held[one.credential_id].salt).decode(),
                    "nonce": b64encode(one.nonce).decode(),
                    "ciphertext": b64encode(one.ciphertext).decode(),
                }
                for one in wraps
                if one.key_id == key.key_id and one.credential_id in held
            ],
        }
        for key in own_key.keys_of(store, session.account, session.school, head=session.reads_staff)
    ]


def _kind_of(session: Session) -> RecipientKind:
    return RecipientKind.HEAD if session.role is Role.HEAD else RecipientKind.DEPUTY


def _seen(here: Site, session: Session) -> list[RecipientKey]:
    return [
        key
        for key in here.store.recipients()
        if key.state is not KeyState.REMOVED and key.serves(session.school)
    ]


def _one(here: Site, session: Session, key_id: str) -> RecipientKey:
    for key in _seen(here, session):
        if key.key_id == key_id and key.state in (KeyState.OFFERED, KeyState.ACTIVE):
            return key
    raise HTTPException(404)
