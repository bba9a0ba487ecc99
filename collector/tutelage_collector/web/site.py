"""What all pages share: the store, the bus, the clock, sessions, templates."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jinja2
from starlette.responses import HTMLResponse

from tutelage_collector.challenges import Challenges
from tutelage_collector.limits import Refusals
from tutelage_collector.passkeys import Place
from tutelage_collector.web import concern_words, navigation, shown
from tutelage_collector.web.sessions import Sessions
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.bus import Bus
    from tutelage_collector.compliance import Report
    from tutelage_collector.config import Config
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account
    from tutelage_collector.web.sessions import Session
    from tutelage_wire.times import Clock


_KEEP = 10


def _templates() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.PackageLoader("tutelage_collector.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= shown.FILTERS | concern_words.FILTERS
    return found


class Kept:
    """Reports that several pages need, for ten times as long as they took to make.

    A small school's is made anew for every page; a trust's of 10,000 devices twice a minute, once
    for everybody who asks.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._held: dict[str | None, tuple[int, Report]] = {}

    def get(self, school: str | None, make: Callable[[], Report]) -> Report:
        """Return a school's report; from any thread."""
        with self._lock:
            until, found = self._held.get(school, (0, None))
            began = times.monotonic_ms()
            if found is None or began >= until:
                found = make()
                ended = times.monotonic_ms()
                self._held[school] = (ended + _KEEP * (ended - began), found)
            return found


@dataclass(frozen=True, slots=True)
class Site:
    """One collector's pages."""

    config: Config
    store: Store
    bus: Bus
    clock: Clock
    secure: bool
    """Whether browsers reach them over TLS."""
    address: str
    """How browsers reach them, ``https://host:port``."""
    sessions: Sessions = field(default_factory=Sessions)
    reports: Kept = field(default_factory=Kept)
    challenges: Challenges = field(default_factory=Challenges)
    guesses: Refusals = field(default_factory=lambda: Refusals(5, timedelta(minutes=10)))
    """Wrong passwords of accounts that are signed in already."""
    templates: jinja2.Environment = field(default_factory=_templates)

    @property
    def place(self) -> Place:
        """Where passkeys are made and used."""
        return Place(self.address, self.config.trust)

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; the prefix makes browsers insist on TLS and one host."""
        return "__Host-tutelage" if self.secure else "tutelage"

    def session(self, request: Request) -> Session | None:
        """Return who is signed in at the other end."""
        value = request.cookies.get(self.cookie, "")
        return self.sessions.find(value, self.clock()) if value else None

    def sign_in(self, answer: Response, account: Account, address: str, browser: str) -> None:
        """Begin a session, and give its cookie with an answer."""
        answer.set_cookie(
            self.cookie,
            self.sessions.begin(account, self.clock(), address, browser),
            httponly=True,
            secure=self.secure,
            samesite="lax",
            path="/",
        )

    def show(
        self, template: str, session: Session | None, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """Return a page."""
        text = self.templates.get_template(template).render(
            session=session,
            holds_keys=session is not None and session.role in navigation.HOLDERS,
            unlock_minutes=self.config.pages.unlock_minutes,
            menus=navigation.menus(session),
            trust=self.config.trust,
            now=self.clock(),
            **values,
        )
        return HTMLResponse(text, status)


def of(request: Request) -> Site:
    """Return the site that a request came to."""
    found: Site = request.app.state.site
    return found
