"""Overview, devices, one device, compliance: what every role may see of its school."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tutelage_collector import compliance, coverage, figures, key_places
from tutelage_collector.compliance.clauses import AnsweredBy
from tutelage_collector.coverage.heard import heartbeat_of, is_silent
from tutelage_collector.integrity_words import TROUBLE
from tutelage_collector.reports import compliance as rendered
from tutelage_collector.reports import spreadsheet
from tutelage_collector.reports.coverage import AWAY
from tutelage_collector.store.records import DeviceState
from tutelage_collector.web import alert_pages, keys_card, site
from tutelage_wire.documents import Role as Signer
from tutelage_wire.events import DeviceId, Status

if TYPE_CHECKING:
    from starlette.requests import Request

    from tutelage_collector.compliance import Report
    from tutelage_collector.store.records import DeviceView
    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

_WEEK = timedelta(days=7)
_LATEST = 6
AREAS = ("content", "contact", "conduct", "commerce", "disclosure", "circumvention")


@dataclass(frozen=True, slots=True)
class AreaCount:
    """Alerts of one risk area in the last week."""

    area: str
    alerts: int


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device in a list."""

    view: DeviceView
    failed: int
    unknown: int
    silent: bool


async def overview(request: Request, session: Session) -> Response:
    """What needs somebody today."""
    here = site.of(request)
    return await run_in_threadpool(_overview, here, session)


def _overview(here: Site, session: Session) -> Response:
    now = here.clock()
    report = make_report(here, session.school)
    views = [
        view
        for view in here.store.devices(session.school)
        if view.device.state is DeviceState.ACTIVE
    ]
    since = (now - _WEEK).date().isoformat()
    counts: Counter[str] = Counter()
    for row in here.store.rollup(session.school, since):
        if row.kind == "detection":
            counts[row.area] += row.events
    latest = alert_pages.visible(here, session)[:_LATEST]
    integrity = here.store.integrity(session.school, 500)
    return here.show(
        "overview.html",
        session,
        report=report,
        devices=len(views),
        heard=sum(1 for view in views if not is_silent(view, now)),
        areas=[AreaCount(area, counts[area]) for area in AREAS if counts[area]],
        latest=latest,
        live=False,
        overdue=overdue_of(here, session.school),
        keys=keys_card.warnings(here, session),
        trouble=[one for one in integrity if one.at >= now - _WEEK and one.kind in TROUBLE],
    )


def overdue_of(here: Site, school: str | None) -> tuple[str, ...]:
    """Return what people have let pass: reviews, posts, agreements, training."""
    now = here.clock()
    return figures.gather_registers(here.store, here.config, now, school).overdue


async def devices(request: Request, session: Session) -> Response:
    """All devices, those that need somebody first."""
    here = site.of(request)
    only = request.query_params.get("only", "")

    def lines() -> list[DeviceLine]:
        now = here.clock()
        report = make_report(here, session.school)
        failed: Counter[DeviceId] = Counter()
        unknown: Counter[DeviceId] = Counter()
        for row in report.rows:
            if row.clause.by is not AnsweredBy.DEVICE:
                continue
            failed.update(row.failed)
            unknown.update(row.unknown)
        return [
            DeviceLine(view, failed[view.device.id], unknown[view.device.id], is_silent(view, now))
            for view in here.store.devices(session.school)
        ]

    found = await run_in_threadpool(lines)
    kept = [
        line
        for line in found
        if (only != "failing" or line.failed) and (only != "silent" or line.silent)
    ]
    kept.sort(key=lambda line: (-line.failed, not line.silent, line.view.device.evidence.label))
    return here.show("devices.html", session, lines=kept, total=len(found), only=only)


async def device(request: Request, session: Session) -> Response:
    """One device: how it stands, what it cannot see, what happened to its monitoring."""
    here = site.of(request)
    device_id = DeviceId(str(request.path_params["device_id"]))
    return await run_in_threadpool(_device, here, session, device_id)


def _device(here: Site, session: Session, device_id: DeviceId) -> Response:
    for view in here.store.devices(session.school):
        if view.device.id == device_id:
            break
    else:
        raise HTTPException(404)
    report = compliance.assess(
        compliance.clauses(),
        [view],
        here.store.judgements(device_id, profile=compliance.PROFILE),
        here.store.exemptions(view.device.placement.school),
        here.clock(),
        timedelta(days=here.config.judging.stale_after_days),
        view.device.placement.school,
    )
    beat = heartbeat_of(view)
    return here.show(
        "device.html",
        session,
        view=view,
        blind_spots=[coverage.in_words(spot) for spot in beat.blind_spots] if beat else [],
        silent=is_silent(view, here.clock()),
        away=AWAY.get(view.farewell, ""),
        heartbeat=beat,
        keys_in=key_places.in_words(beat.key_protection) if beat else "",
        published=max((one.version for one in here.store.documents(Signer.POLICY)), default=0),
        standings=report.standings,
        to_do=rendered.device_rows(report),
        integrity=here.store.integrity(session.school, 30, device_id),
        Status=Status,
    )


async def compliance_page(request: Request, session: Session) -> Response:
    """Sentence by sentence."""
    here = site.of(request)

    def found() -> tuple[Report, list[compliance.Change]]:
        since = here.clock() - _WEEK
        changed = compliance.changes(here.store.drifts(since, session.school))
        return make_report(here, session.school), [
            one for one in changed if one.profile == compliance.PROFILE
        ]

    report, changed = await run_in_threadpool(found)
    names = {one.id: one.evidence.label or one.id[:12] for one in report.devices}
    return here.show("compliance.html", session, report=report, names=names, changed=changed)


async def compliance_csv(request: Request, session: Session) -> Response:
    """The same for a spreadsheet."""
    here = site.of(request)

    def made() -> str:
        report = make_report(here, session.school)
        return spreadsheet.as_csv(rendered.device_rows(report, everything=True))

    return _download(await run_in_threadpool(made), "text/csv", "section-11.csv")


async def compliance_pdf(request: Request, session: Session) -> Response:
    """The same on paper."""
    here = site.of(request)

    def made() -> bytes:
        return rendered.as_pdf(make_report(here, session.school))

    return _download(await run_in_threadpool(made), "application/pdf", "section-11.pdf")


def make_report(here: Site, school: str | None) -> Report:
    """Return how the devices of a school stand, or stood a few moments ago."""

    def made() -> Report:
        return compliance.of_store(
            here.store, here.config.judging.stale_after_days, school, here.clock()
        )

    return here.reports.get(school, made)


def _download(content: str | bytes, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)
