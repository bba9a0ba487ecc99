"""Reports in the browser, and as PDF, CSV and JSON: each for the roles that its entry names.

Governors choose whole terms only, and of the term that runs, whole months: reports of any two
days could be subtracted from each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tutelage_collector.figures import Period, term_of, terms_before
from tutelage_collector.reports import catalogue, document, page, paper
from tutelage_collector.store.records import Role
from tutelage_collector.web import site

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tutelage_collector.reports.catalogue import Entry
    from tutelage_collector.reports.document import Document
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_TERMS_SHOWN = 6
_OPEN_TO_PERIODS = frozenset({Role.DSL, Role.HEAD, Role.ICT})


@dataclass(frozen=True, slots=True)
class Choice:
    """A span that a reader may choose."""

    name: str
    period: Period
    address: str


async def listed(request: Request, session: Session) -> Response:
    """All reports that the account may read."""
    here = site.of(request)
    entries = [one for one in catalogue.CATALOGUE.values() if session.role in one.roles]
    return here.show("reports.html", session, entries=entries)


async def report(request: Request, session: Session) -> Response:
    """One report as a page."""
    here, entry = site.of(request), _entry(request, session)
    period = _period(here, request, session, entry)
    made = await run_in_threadpool(_make, here, session, entry, period)
    query = f"?from={period.first}&to={period.last}"
    return here.show(
        "made_report.html",
        session,
        report=made,
        body=page.body(made),
        entry=entry,
        query=query,
        period=period,
        choices=_choices(here, entry),
        free=session.role in _OPEN_TO_PERIODS and entry.name is not catalogue.ReportName.GOVERNORS,
    )


async def as_file(request: Request, session: Session) -> Response:
    """One report as a file; taking it away is on record."""
    here, entry = site.of(request), _entry(request, session)
    form = _FORMS.get(str(request.path_params["form"]))
    if form is None:
        raise HTTPException(404)
    period = _period(here, request, session, entry)

    def made() -> bytes:
        found = form.make(_make(here, session, entry, period))
        here.store.audit(
            session.account, "report taken", f"report {entry.name.value}",
            f"{form.ending} {period.first} to {period.last}", here.clock(),
        )  # fmt: skip
        return found

    name = f"{entry.name.value}-{period.first}-{period.last}.{form.ending}"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(await run_in_threadpool(made), media_type=form.kind, headers=headers)


@dataclass(frozen=True, slots=True)
class _Form:
    ending: str
    kind: str
    make: Callable[[Document], bytes]


def _json(made: Document) -> bytes:
    return json.dumps(document.as_json(made), indent=2, ensure_ascii=False).encode()


_FORMS = {
    one.ending: one
    for one in (
        _Form("pdf", "application/pdf", paper.as_pdf),
        _Form("csv", "text/csv; charset=utf-8", lambda made: document.as_csv(made).encode()),
        _Form("json", "application/json", _json),
    )
}


def _entry(request: Request, session: Session) -> Entry:
    try:
        entry = catalogue.CATALOGUE[catalogue.ReportName(str(request.path_params["name"]))]
    except ValueError as error:
        raise HTTPException(404) from error
    if session.role not in entry.roles:
        raise HTTPException(403)
    return entry


def _make(here: Site, session: Session, entry: Entry, period: Period) -> Document:
    return catalogue.make(entry, here.store, here.config, here.clock(), period, session.school)


def _period(here: Site, request: Request, session: Session, entry: Entry) -> Period:
    """Return the span that was asked for, as far as this reader may choose.

    Raises:
        HTTPException: 400 where it is no span.
    """
    today = here.clock().date()
    first, last = (request.query_params.get(name, "") for name in ("from", "to"))
    free = session.role in _OPEN_TO_PERIODS and entry.name is not catalogue.ReportName.GOVERNORS
    if not first or not last:
        if session.role in _OPEN_TO_PERIODS:
            return catalogue.usual_period(entry, today)
        return _choices(here, entry)[0].period
    try:
        wanted = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise HTTPException(
            400, "Write both days as 2026-09-01, the first before the last."
        ) from error
    usual = catalogue.usual_period(entry, today)
    allowed = {one.period for one in _choices(here, entry)}
    if session.role in _OPEN_TO_PERIODS:
        allowed.add(usual)
    if not free and wanted not in allowed:
        raise HTTPException(403, "Choose a whole term: reports of other days could be subtracted.")
    return wanted


def _choices(here: Site, entry: Entry) -> list[Choice]:
    """Return the whole months of this term, and the terms before it."""
    today = here.clock().date()
    term, whole = term_of(today)
    found: list[Choice] = []
    months = _finished_months(whole, today)
    if months is not None:
        found.append(_choice(entry, f"{term.value.capitalize()} term so far", months))
    for before, period in terms_before(today):
        found.append(
            _choice(entry, f"{before.value.capitalize()} term {period.first.year}", period)
        )
        if len(found) >= _TERMS_SHOWN:
            break
    return found


def _finished_months(whole: Period, today: date) -> Period | None:
    begin = today.replace(day=1)
    if begin <= whole.first:
        return None
    return Period(whole.first, date.fromordinal(begin.toordinal() - 1))


def _choice(entry: Entry, name: str, period: Period) -> Choice:
    address = f"/reports/{entry.name.value}?from={period.first}&to={period.last}"
    return Choice(name, period, address)
