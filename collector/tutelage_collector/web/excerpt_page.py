"""What a browser needs to open an excerpt: ciphertext, and the key under the DSL's passphrase."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tutelage_collector import state
from tutelage_collector.web import alert_pages, site
from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import DetectionFinding
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.web.sessions import Session


async def sealed(request: Request, session: Session) -> Response:
    """The ciphertext and the wrapped key; only the passphrase, in the browser, opens them."""
    here = site.of(request)
    found = (await run_in_threadpool(alert_pages.find, here, request, session)).alert
    try:
        body = codec.decode_event(found.event).body
    except WireError as error:
        raise HTTPException(404, "This alert carries no excerpt.") from error
    if not isinstance(body, DetectionFinding) or body.sealed is None:
        raise HTTPException(404, "This alert carries no excerpt.")
    await run_in_threadpool(
        here.store.audit, session.account, "sealed excerpt fetched", f"alert {found.event_id}",
        "", here.clock(),
    )  # fmt: skip
    context = SealContext(here.config.trust, found.device_id, found.event_id)
    key = await run_in_threadpool(state.browser_key, here.config.folder, state.DSL_RECIPIENT)
    return JSONResponse(
        {
            "suite": body.sealed.suite,
            "ciphertext": _b64(body.sealed.ciphertext),
            "context": _b64(context.encoded()),
            "wraps": [
                {"key_id": wrap.key_id.hex(), "wrapped_key": _b64(wrap.wrapped_key)}
                for wrap in body.sealed.wraps
            ],
            "key": key,
        }
    )


def _b64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
