"""Report a concern: without an account, from the school's network, sealed in the browser.

Open on purpose: a pupil who is afraid has no account here, and a supply teacher has none yet. What
keeps it from being flooded is small: a few reports an address and a bound for all, forms of our
own page only, and words that are at most a page long. Nothing can be read back here.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from tutelage_collector import state
from tutelage_collector.concerns import access, desk, workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.errors import ConcernError, SecretError, StoreError
from tutelage_collector.limits import Refusals
from tutelage_collector.store.records_concerns import About, ConcernId, Source
from tutelage_collector.web import concern_words, guard, seats, site

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.site import Site

ACTOR = "report"
_WITHIN = timedelta(minutes=10)
_MOST_FOR_ADDRESS = 5
_MOST_FOR_ALL = 60
_URGENCY = {"now": 5, "today": 4, "soon": 3}
_MAX_PART = 20 * 2**10


class Desk:
    """The report page of one collector."""

    def __init__(self) -> None:
        """Begin with nothing reported."""
        self._by_address = Refusals(_MOST_FOR_ADDRESS, _WITHIN)
        self._by_all = Refusals(_MOST_FOR_ALL, _WITHIN)

    async def ask(self, request: Request) -> Response:
        """Show the form, and where else there is help."""
        here = site.of(request)
        concern_id = ConcernId(workflow.new_id())
        schools = await run_in_threadpool(_schools, here)
        # To whom it is sealed depends on the school: it is chosen first, where there are several.
        school = request.query_params.get("school", schools[0] if len(schools) == 1 else "")
        school = school if school in schools else ""
        lanes = await run_in_threadpool(_lanes, here, school)
        return here.show(
            "report_a_concern.html",
            here.session(request),
            concern_id=concern_id,
            draw=seats.seats(here.config.trust, concern_id),
            abouts=concern_words.ABOUT,
            schools=schools,
            school=school,
            readers=json.dumps(lanes),
            unread={about for about, found in lanes.items() if not found},
        )

    async def take(self, request: Request) -> Response:
        """Keep a report; say that it arrived, and nothing else."""
        guard.check_origin(request)
        here, now = site.of(request), site.of(request).clock()
        address = request.client.host if request.client else "unknown"
        if self._by_address.too_many(address, now) or self._by_all.too_many("all", now):
            raise HTTPException(
                429, "Many reports came in the last minutes. Tell an adult in person, now."
            )
        form = await request.form(max_files=0, max_fields=10, max_part_size=_MAX_PART)
        self._by_address.note(address, now)
        self._by_all.note("all", now)
        await run_in_threadpool(_keep, here, form)
        here.bus.touch()
        return here.show("reported.html", here.session(request), grade=_grade(form))


def _keep(here: Site, form: FormData) -> None:
    try:
        about = About(str(form.get("about", "")))
        school = str(form.get("school", "")) or here.config.school
        if school not in _schools(here):
            raise HTTPException(400, "Choose your school.")
        readers = access.readers(state.readers(here.store, school), about)
        sealed, entry_id = seats.sealed_of(form, readers)
        if not sealed:
            raise HTTPException(400, "Nothing was written. Go back, and write what happened.")
        concern_id = ConcernId(workflow.checked_id(str(form.get("concern_id", ""))))
        said = Said(ACTOR, here.clock(), sealed, entry_id)
        change = workflow.open_by_hand(concern_id, school, about, _grade(form), Source.REPORT, said)
        desk.begin(here.store, change, said)
    except (ConcernError, SecretError, ValueError) as error:
        raise HTTPException(400, "That did not work. Tell an adult in person.") from error
    except StoreError as error:  # the same report twice: the first one is kept
        raise HTTPException(409, "This report has arrived already.") from error


def _grade(form: FormData) -> int:
    return _URGENCY.get(str(form.get("urgency", "")), 3)


def _lanes(here: Site, school: str) -> dict[str, object]:
    everybody = state.readers(here.store, school)
    found: dict[str, object] = {}
    for about in About:
        try:
            found[about.value] = json.loads(seats.readers_json(access.readers(everybody, about)))
        except SecretError:
            found[about.value] = []
    return found


def _schools(here: Site) -> list[str]:
    held = {view.device.placement.school for view in here.store.devices()}
    return sorted(held | {here.config.school})
