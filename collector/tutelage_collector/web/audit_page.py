"""The audit log, for those whom it is about and those who answer for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector import access
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.store.records import AuditRow
    from tutelage_collector.web.sessions import Session

_SHOWN = 200
_READ = 20_000


async def listed(request: Request, session: Session) -> Response:
    """The newest rows that the account may see."""
    here = site.of(request)
    only = request.query_params.get("who", "")

    def rows() -> list[AuditRow]:
        return [
            row
            for row in here.store.audit_rows(_READ)
            if session.school in (None, "", row.school) or not row.actor_role
            if access.may_see_audit_of(session.holder, session.role, row.actor, row.actor_role)
        ]

    found = await run_in_threadpool(rows)
    actors = sorted({row.actor for row in found if row.actor_role or row.actor == "terminal"})
    kept = [row for row in found if not only or row.actor == only]
    return here.show(
        "audit.html",
        session,
        rows=kept[:_SHOWN],
        more=max(0, len(kept) - _SHOWN),
        actors=actors,
        only=only,
        titles={role.value: title for role, title in access.TITLES.items()},
    )
