"""What a browser needs to open an excerpt: ciphertext, and the key under the DSL's passphrase."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tutelage_collector import sealing, state
from tutelage_collector.web import alert_pages, site
from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import DetectionFinding
from tutelage_wire.sealed import SealContext

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.store.records import Alert
    from tutelage_collector.web.sessions import Session


async def sealed(request: Request, session: Session) -> Response:
    """The ciphertext and the wrapped key; only the passphrase, in the browser, opens them."""
    here = site.of(request)
    found = (await run_in_threadpool(alert_pages.find, here, request, session)).alert
    answer = sealed_of(here.config.trust, found)
    if answer is None:
        raise HTTPException(404, "This alert carries no excerpt.")
    await run_in_threadpool(
        here.store.audit, session.account, "sealed excerpt fetched", f"alert {found.event_id}",
        "", here.clock(),
    )  # fmt: skip
    key = await run_in_threadpool(state.browser_key, here.config.folder, state.DSL_RECIPIENT)
    return JSONResponse(answer | {"key": key})


def sealed_of(trust: str, alert: Alert) -> dict[str, object] | None:
    """Return an alert's sealed excerpt as browsers read it; None = it carries none."""
    try:
        body = codec.decode_event(alert.event).body
    except WireError:
        return None
    if not isinstance(body, DetectionFinding) or body.sealed is None:
        return None
    context = SealContext(trust, alert.device_id, alert.event_id)
    bound = b64encode(context.encoded()).decode("ascii")
    return sealing.as_json(body.sealed) | {"context": bound}
