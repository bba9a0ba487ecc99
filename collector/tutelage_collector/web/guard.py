"""What stands before every page: headers, the session, the role, and that forms are ours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from tutelage_collector import access

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tutelage_collector.store.records import Role
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    # Not "no-referrer": browsers would then send forms with "Origin: null".
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_SECONDS = 31_536_000

View = "Callable[[Request, Session], Awaitable[Response]]"


@dataclass(frozen=True, slots=True)
class Headers:
    """Middleware: the same security headers on every answer; pages are never kept by a cache."""

    app: ASGIApp
    secure: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add to the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    static = scope["path"].startswith("/static/")
                    headers["cache-control"] = "public, max-age=300" if static else "no-store"
                if self.secure:
                    headers["strict-transport-security"] = f"max-age={_YEAR_SECONDS}"
            await send(message)

        await self.app(scope, receive, add)


class Page(Route):
    """A route with the roles that reach it, so that tests can walk all of them."""

    def __init__(
        self,
        path: str,
        answer: Callable[[Request], Awaitable[Response]],
        roles: frozenset[Role],
        method: str,
        name: str,
    ) -> None:
        """Make the route."""
        super().__init__(path, answer, methods=[method], name=name)
        self.roles = roles


def page(
    path: str,
    view: Callable[[Request, Session], Awaitable[Response]],
    roles: Collection[Role],
    *,
    method: str = "GET",
) -> Page:
    """Return a route that only signed-in accounts of some roles reach.

    Raises:
        ValueError: no role is named: such a page would be everybody's or nobody's by accident.
    """
    if not roles:
        raise ValueError(f"{path}: name the roles that may see it")

    async def guarded(request: Request) -> Response:
        site: Site = request.app.state.site
        session = site.session(request)
        if session is not None:
            present = await run_in_threadpool(site.store.account, session.account)
            if present != session.holder or not present.active:
                site.sessions.end(request.cookies.get(site.cookie, ""))
                session = None
            else:
                acting = await run_in_threadpool(access.acts_as, site.store, present, site.clock())
                session = replace(session, acting=acting)
        if session is None:
            if method == "GET" and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse("/sign-in", 303)
            raise HTTPException(401)
        if method == "POST":
            await check_form(request, session)
        if session.role not in roles:
            raise HTTPException(403)
        return await view(request, session)

    return Page(path, guarded, frozenset(roles), method, view.__name__)


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        HTTPException: 403.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise HTTPException(403, "This form was sent by another site.")
        return
    origin = request.headers.get("origin", "")
    if origin != f"{request.url.scheme}://{request.headers.get('host', '')}":
        raise HTTPException(403, "This form was sent by another site.")


async def check_form(request: Request, session: Session) -> None:
    """Refuse a form that is not from a page of this session.

    Raises:
        HTTPException: 403.
    """
    check_origin(request)
    form: Any = await request.form(max_files=0, max_fields=20, max_part_size=16 * 2**10)
    if not session.form_is_ours(str(form.get("form_token", ""))):
        raise HTTPException(403, "This form is from an older session: go back and reload.")
