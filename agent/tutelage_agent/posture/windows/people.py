"""Who signs in to a Windows device, and who of them is an administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.windows import accounts

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

SOURCE = "registry:ProfileList load times"
_DAILY = timedelta(days=30)


def last_seen(host: Host) -> Reading[dict[str, datetime | None]]:
    """Return SID -> last sign-in of everybody with a profile; who is in now counts as now.

    None as a moment: Windows keeps no time for that profile. A time in the future is none.
    """
    known = accounts.profiles(host)
    if not known.seen:
        return nothing(known.outcome, known.detail)
    latest = host.now() + timedelta(days=1)
    found: dict[str, datetime | None] = {
        p.sid: p.loaded_at if p.loaded_at is None or p.loaded_at <= latest else None
        for p in known.value
    }
    seats = accounts.seats(host)
    for session in seats.value if seats.seen else ():
        found[session.account] = host.now()
    return value(found)


def observe_people(host: Host) -> tuple[Observation, ...]:
    """Look whose profiles were loaded, and when."""
    people = last_seen(host)
    names = people.map(lambda found: tuple(host.pseudonym(sid) for sid in found))
    observations = [observed(host, "sign_ins", names, SOURCE)]
    for sid, at in people.value.items() if people.seen else ():
        subject = host.pseudonym(sid)
        if at is None:
            observations.append(
                missed(host, "last_sign_in", Outcome.UNSUPPORTED, SOURCE, subject=subject,
                       raw="this profile has no load time")
            )  # fmt: skip
        else:
            observations.append(saw(host, "last_sign_in", at, SOURCE, subject=subject))
    return tuple(observations)


def observe_administrator(host: Host) -> tuple[Observation, ...]:
    """Look which of the people who work here are administrators."""
    people = last_seen(host)
    if not people.seen:
        return (missed(host, "daily_accounts", people.outcome, SOURCE, raw=people.detail),)
    daily = [sid for sid, at in people.value.items() if at is None or host.now() - at <= _DAILY]
    names = tuple(host.pseudonym(sid) for sid in daily)
    found = [saw(host, "daily_accounts", names, SOURCE)]
    members = host.call("net.administrators")
    seats = accounts.seats(host)
    sessions = {s.account: s.id for s in seats.value} if seats.seen else {}
    for sid in daily:
        reading, source = _administers(host, sid, members, sessions)
        found.append(observed(host, "administrator", reading, source, subject=host.pseudonym(sid)))
    return tuple(found)


def _administers(
    host: Host, sid: str, members: Reading[object], sessions: dict[str, str]
) -> tuple[Reading[bool], str]:
    """Tell whether a SID is in S-1-5-32-544: directly, or through a group in its token."""
    if members.seen and isinstance(members.value, tuple) and sid in members.value:
        return value(found=True), "NetLocalGroupGetMembers"
    if sid in sessions:
        token = host.call("session.administrator", sessions[sid])
        answer = token.map(lambda found: found if isinstance(found, bool) else None)
        if answer.seen:
            return answer, "session token"
    if not members.seen:
        return nothing(members.outcome, members.detail), "NetLocalGroupGetMembers"
    if not isinstance(members.value, tuple):
        return nothing(Outcome.ERROR, "not a list of members"), "NetLocalGroupGetMembers"
    local = accounts.local(host)
    if local.seen and any(account.sid == sid for account in local.value):
        # Windows does not nest local groups: not listed is not in it.
        return value(found=False), "NetLocalGroupGetMembers"
    detail = "a directory's account: its groups show only in its session"
    return nothing(Outcome.UNSUPPORTED, detail), "NetLocalGroupGetMembers"
