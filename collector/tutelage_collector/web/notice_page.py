"""What is watched, as parents, pupils and staff are told: from the policy published here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector import published
from tutelage_collector.web import site
from tutelage_wire.policy import Profile
from tutelage_wire.policy.notice import Audience, notice
from tutelage_wire.policy.scope import Place

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import TypeVar

    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.sessions import Session

    E = TypeVar("E", bound=StrEnum)

PROFILES = {
    Profile.PUPIL: "Pupils' devices",
    Profile.STAFF: "Staff laptops",
    Profile.GOVERNOR: "Governors",
    Profile.VISITOR: "Visitors",
    Profile.PERSONAL: "People's own devices",
}
VOICES = {
    Audience.ADULT: "For adults",
    Audience.TEEN: "For teenagers",
    Audience.CHILD: "For children",
    Audience.EASY_READ: "Easy read",
}


async def show(request: Request, session: Session) -> Response:
    """The notice, with a choice of devices and voice; printing leaves the choice out."""
    here = site.of(request)
    profile = _chosen(PROFILES, request.query_params.get("devices"), Profile.PUPIL)
    voice = _chosen(VOICES, request.query_params.get("voice"), Audience.ADULT)
    policy = await run_in_threadpool(published.policy_here, here.store, here.config.trust)
    place = Place(profile, session.school or here.config.school)
    return here.show(
        "notice.html",
        session,
        notice=notice(policy, place, voice, here.clock()),
        profiles=PROFILES,
        profile=profile,
        voices=VOICES,
        voice=voice,
    )


def _chosen(known: dict[E, str], wanted: str | None, usual: E) -> E:
    return next((one for one in known if one.value == wanted), usual)
