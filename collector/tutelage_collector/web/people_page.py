"""What is imported about people: counts, and how to import. Names stay sealed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector.store.records_people import Level, PersonKind
from tutelage_collector.web import site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.sessions import Session


async def people(request: Request, session: Session) -> Response:
    """How many people are known, how closely they are looked after, and since when."""
    here = site.of(request)
    found = await run_in_threadpool(here.store.people, session.school)
    counts = Counter((one.kind, one.level) for one in found)
    return here.show(
        "people.html",
        session,
        rows=[
            (kind, [(level, counts[kind, level]) for level in Level])
            for kind in PersonKind
            if any(counts[kind, level] for level in Level)
        ],
        levels=list(Level),
        latest=max((one.imported_at for one in found), default=None),
    )
