"""What is watched, as parents, pupils and staff are told: from the policy published here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from tutelage_collector import published
from tutelage_collector.web import site
from tutelage_wire.documents import Role
from tutelage_wire.policy import BUILT_IN, Policy, Profile
from tutelage_wire.policy.notice import Audience, notice
from tutelage_wire.policy.reading import read_policy
from tutelage_wire.policy.scope import Place

if TYPE_CHECKING:
    from enum import StrEnum
    from typing import TypeVar

    from starlette.requests import Request
    from starlette.responses import Response

    from tutelage_collector.web.sessions import Session
    from tutelage_collector.web.site import Site

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
    policy = await run_in_threadpool(policy_here, here)
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


def policy_here(here: Site) -> Policy:
    """Return the policy that devices obey which hear of this collector.

    Raises:
        PublishError: what is stored does not verify.
        StoreError: it cannot be read.
    """
    held = published.trusted(here.store, here.config.trust)
    document = held.held.get(Role.POLICY) if held else None
    return BUILT_IN if document is None else read_policy(document)


def _chosen(known: dict[E, str], wanted: str | None, usual: E) -> E:
    return next((one for one in known if one.value == wanted), usual)
