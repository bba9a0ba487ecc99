"""What a browser needs to open an excerpt, beside a key of its own: the ciphertext."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from tutelage_collector import excerpts, sealing
from tutelage_collector.web import alert_pages, site

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.excerpts import Excerpt
    from tutelage_collector.web.sessions import Session


async def sealed(request: Request, session: Session) -> Response:
    """The ciphertext; a recipient's key, in the browser, opens it."""
    here = site.of(request)
    found = (await run_in_threadpool(alert_pages.find, here, request, session)).alert
    excerpt = await run_in_threadpool(excerpts.find, found, here.config.trust, here.store)
    if excerpt is None:
        raise HTTPException(404, "This alert carries no excerpt.")
    await run_in_threadpool(
        here.store.audit, session.account, "sealed excerpt fetched", f"alert {found.event_id}",
        "", here.clock(),
    )  # fmt: skip
    return JSONResponse(as_json(excerpt))


def as_json(excerpt: Excerpt) -> dict[str, object]:
    """Return something sealed as browsers read it."""
    contexts = [b64encode(one.encoded()).decode("ascii") for one in excerpt.contexts]
    return sealing.as_json(excerpt.sealed) | {"contexts": contexts}
