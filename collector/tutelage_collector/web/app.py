"""The routes, each with the roles that may see it, and the server that answers them."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tutelage_collector.errors import CollectorError
from tutelage_collector.store.records import Role
from tutelage_collector.web import (
    account_page,
    alert_pages,
    approval_pages,
    audit_page,
    concern_pages,
    concern_steps,
    context_page,
    coverage_pages,
    cpoms_page,
    excerpt_page,
    guard,
    home_pages,
    ict_page,
    message_pages,
    navigation,
    notice_page,
    pages,
    passkey_pages,
    people_page,
    proving,
    quiet_page,
    recipient_pages,
    register_pages,
    report_a_concern,
    report_pages,
    rota_pages,
    signing,
    site,
    waiting_page,
)
from tutelage_collector.web.guard import Headers, page

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.config import Config
    from tutelage_collector.web.site import Site

_LOG = logging.getLogger(__name__)
EVERYONE = frozenset(Role)
WORKING = navigation.WORKING
HOLDERS = navigation.HOLDERS
ALERTED = frozenset({Role.DSL, Role.ICT, Role.HEAD})
TELLING = frozenset({Role.DSL, Role.HEAD})
READERS = navigation.READERS
WORKERS = frozenset({Role.DSL, Role.HEAD})
"""Who works on concerns; which ones, ``concerns.access`` says."""
_STOP_SECONDS = 3
_SENTENCES = {
    401: "Sign in first.",
    403: "Your account may not see this page.",
    404: "There is nothing at this address.",
    405: "That cannot be done here.",
    503: "The collector cannot read its store at the moment. Nothing is lost; try again soon.",
}


def build(here: Site) -> Starlette:
    """Return the application."""
    door = signing.Door()
    desk = report_a_concern.Desk()
    routes = [
        Route("/sign-in", door.ask, methods=["GET"]),
        Route("/sign-in", door.enter, methods=["POST"]),
        Route("/sign-in/passkey/begin", door.ask_passkey, methods=["POST"]),
        Route("/sign-in/passkey", door.enter_by_passkey, methods=["POST"]),
        Route("/report", desk.ask, methods=["GET"]),
        Route("/report", desk.take, methods=["POST"]),
        page("/sign-out", signing.leave, EVERYONE, method="POST"),
        page("/account", account_page.show, EVERYONE),
        page("/account/password", account_page.change_password, EVERYONE, method="POST"),
        page("/account/passkeys", passkey_pages.show, EVERYONE),
        page("/account/passkeys", passkey_pages.keep, EVERYONE, method="POST"),
        page("/account/passkeys/begin", passkey_pages.begin, EVERYONE, method="POST"),
        page("/account/passkeys/{credential_id}/wrap", passkey_pages.wrap, HOLDERS, method="POST"),
        page(
            "/account/passkeys/{credential_id}/remove",
            passkey_pages.remove,
            EVERYONE,
            method="POST",
        ),
        page("/account/prove", proving.begin, EVERYONE, method="POST"),
        page("/account/leave", account_page.leave_everywhere, EVERYONE, method="POST"),
        page("/", home_pages.home, EVERYONE),
        page("/alerts", alert_pages.alerts, ALERTED),
        page("/alerts/rows", alert_pages.rows, ALERTED),
        page("/alerts/live", alert_pages.live, ALERTED),
        page("/alerts/{event_id}", alert_pages.alert, ALERTED),
        page("/alerts/{event_id}/sealed", excerpt_page.sealed, {Role.DSL}),
        page("/alerts/{event_id}/context", context_page.state, {Role.DSL}),
        page("/alerts/{event_id}/context", context_page.ask, {Role.DSL}, method="POST"),
        page("/alerts/{event_id}/context/sealed", context_page.sealed, {Role.DSL}),
        page("/alerts/{event_id}/acknowledge", alert_pages.acknowledge, ALERTED, method="POST"),
        page("/concerns", concern_pages.concerns, WORKERS),
        page("/people", people_page.people, {Role.DSL}),
        page("/concerns/new", concern_pages.begin, WORKERS),
        page("/concerns/new", concern_pages.make, WORKERS, method="POST"),
        page("/concerns/{concern_id}", concern_pages.concern, WORKERS),
        page("/concerns/{concern_id}/sealed", concern_pages.sealed, WORKERS),
        page("/concerns/{concern_id}/cpoms", cpoms_page.narrative_page, WORKERS),
        page("/concerns/{concern_id}/feedback", cpoms_page.feedback_page, WORKERS),
        page("/concerns/{concern_id}/decide", concern_steps.decide, WORKERS, method="POST"),
        page("/concerns/{concern_id}/{step}", concern_steps.take, WORKERS, method="POST"),
        page("/actions", concern_steps.actions, {Role.ICT}),
        page("/actions/{action_id}/done", concern_steps.finish, {Role.ICT}, method="POST"),
        page("/coverage", coverage_pages.page, WORKING),
        page("/coverage.csv", coverage_pages.as_csv, WORKING),
        page("/coverage/test", coverage_pages.test, WORKING),
        page("/quiet", quiet_page.listed, WORKING),
        page("/quiet/acknowledge", quiet_page.acknowledge_all, {Role.ICT}, method="POST"),
        page("/quiet/{device_id}/acknowledge", quiet_page.acknowledge, {Role.ICT}, method="POST"),
        page("/quiet/{device_id}/mute", quiet_page.mute, {Role.ICT}, method="POST"),
        page("/quiet/{device_id}/unmute", quiet_page.unmute, {Role.ICT}, method="POST"),
        page("/rota", rota_pages.show, TELLING),
        page("/rota", rota_pages.change, TELLING, method="POST"),
        page("/messages", message_pages.listed, WORKING),
        page("/messages/retry", message_pages.retry, WORKING, method="POST"),
        page("/recipients", recipient_pages.recipients, HOLDERS),
        page("/recipients/own", recipient_pages.own, HOLDERS),
        page("/recipients/offer", recipient_pages.offer, HOLDERS, method="POST"),
        page("/recipients/{key_id}/request", recipient_pages.request_to_share, HOLDERS),
        page("/recipients/{key_id}/accept", recipient_pages.accept, HOLDERS, method="POST"),
        page("/devices", pages.devices, WORKING),
        page("/devices/{device_id}", pages.device, WORKING),
        page("/compliance", pages.compliance_page, WORKING),
        page("/compliance.csv", pages.compliance_csv, WORKING),
        page("/compliance.pdf", pages.compliance_pdf, WORKING),
        page("/found", ict_page.listed, {Role.ICT, Role.HEAD}),
        page("/waiting", waiting_page.listed, {Role.ICT}),
        page("/waiting/{request_id}/approve", waiting_page.approve, {Role.ICT}, method="POST"),
        page("/waiting/{request_id}/refuse", waiting_page.refuse, {Role.ICT}, method="POST"),
        page("/reports", report_pages.listed, READERS),
        page("/reports/{name}.{form}", report_pages.as_file, READERS),
        page("/reports/{name}", report_pages.report, READERS),
        page("/registers", register_pages.registers, WORKING),
        page("/registers/{what}", register_pages.note, WORKING, method="POST"),
        page("/notice", notice_page.show, EVERYONE),
        page("/audit", audit_page.listed, WORKING),
        page("/approvals", approval_pages.listed, WORKING),
        page("/approvals", approval_pages.ask, WORKING, method="POST"),
        page("/approvals/{approval_id}/approve", approval_pages.approve, WORKING, method="POST"),
        page("/approvals/{approval_id}/refuse", approval_pages.refuse, WORKING, method="POST"),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    application = Starlette(
        routes=routes,
        middleware=[
            Middleware(Headers, secure=here.secure),
            Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(here.config)),
        ],
        exception_handlers={HTTPException: _refused, CollectorError: _fault},
    )
    application.state.site = here
    return application


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address: then plain HTTP leaves it not."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _hosts(config: Config) -> list[str]:
    """Return the names by which the pages may be called (against DNS rebinding)."""
    public = urlsplit(config.pages.address).hostname
    known = (public, config.listen.advertise, config.listen.host, "localhost", "127.0.0.1")
    return [*dict.fromkeys(name for name in known if name)]


class PageServer(uvicorn.Server):
    """Uvicorn inside our own loop; signals stay with who started the collector."""

    def __init__(self, here: Site, tls_file: Path | None) -> None:
        """Serve ``here``.

        Args:
            here: the pages.
            tls_file: with the TLS key and its certificate chain; None = plain HTTP.
        """
        super().__init__(
            uvicorn.Config(
                build(here),
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=_STOP_SECONDS,
                ssl_certfile=tls_file,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def take_certificate(self) -> None:
        """Show the certificate that lies in the file now to browsers that come from now on."""
        if self.config.ssl is not None and self.config.ssl_certfile is not None:
            self.config.ssl.load_cert_chain(self.config.ssl_certfile)

    async def run_on(self, bound: socket.socket) -> None:
        """Answer on a bound socket until ``should_exit`` is set."""
        await self.serve(sockets=[bound])


async def _refused(request: Request, error: Exception) -> Response:
    here = site.of(request)
    code = error.status_code if isinstance(error, HTTPException) else 500
    said = error.detail if isinstance(error, HTTPException) else ""
    sentence = said if said.endswith(".") else _SENTENCES.get(code, "That did not work.")
    return here.show("refused.html", here.session(request), code, sentence=sentence)


async def _fault(request: Request, error: Exception) -> Response:
    # What it says is for the log: it may name a path.
    _LOG.error("a page could not be made: %s", error)
    return site.of(request).show("refused.html", None, 503, sentence=_SENTENCES[503])


__all__ = ["PageServer", "build", "guard", "is_loopback"]
