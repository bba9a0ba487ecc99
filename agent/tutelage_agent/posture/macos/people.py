"""Who signs in to a Mac, and who of them is an administrator."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.macos import accounts
from tutelage_agent.posture.macos.idle_lock import seats

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_SOURCE = "last, console"
_DAILY = timedelta(days=30)


def last_seen(host: Host) -> Reading[tuple[dict[str, datetime], datetime | None]]:
    """Return uid (or ``name:...``) -> last sign-in at the console; since when recorded."""
    listed = host.run("sign-ins").map(lambda r: accounts.parse_last(r.text, host.now()))
    local = accounts.local(host)
    if not listed.seen:
        return nothing(listed.outcome, listed.detail)
    if not local.seen:
        return nothing(local.outcome, local.detail)
    by_name = {account.name: account for account in local.value}
    found: dict[str, datetime] = {}
    sign_ins, begins = listed.value
    for sign_in in sign_ins:
        account = by_name.get(sign_in.name)
        if account is not None and account.uid < 501:
            continue
        key = str(account.uid) if account is not None else f"name:{sign_in.name}"
        found[key] = max(sign_in.at, found.get(key, sign_in.at))
    now = seats(host)
    for session in now.value if now.seen else ():
        found[session.account] = host.now()
    return value((found, begins))


def observe_people(host: Host) -> tuple[Observation, ...]:
    """Look who signed in at the console, as far back as it is recorded."""
    people = last_seen(host)
    names = people.map(lambda found: tuple(host.pseudonym(key) for key in found[0]))
    observations = [observed(host, "sign_ins", names, _SOURCE)]
    if not people.seen:
        return tuple(observations)
    found, begins = people.value
    for key, at in found.items():
        observations.append(saw(host, "last_sign_in", at, _SOURCE, subject=host.pseudonym(key)))
    if begins is not None:
        observations.append(saw(host, "records_since", begins, _SOURCE, needed=False))
    return tuple(observations)


def observe_administrator(host: Host) -> tuple[Observation, ...]:
    """Look which of the people who work here are in the group ``admin``."""
    people, local = last_seen(host), accounts.local(host)
    if not people.seen:
        return (missed(host, "daily_accounts", people.outcome, _SOURCE, raw=people.detail),)
    daily = [key for key, at in people.value[0].items() if host.now() - at <= _DAILY]
    names = tuple(host.pseudonym(key) for key in daily)
    found = [saw(host, "daily_accounts", names, _SOURCE)]
    members = host.run("administrators").map(lambda r: accounts.parse_members(r.output))
    by_uid = {str(a.uid): a.name for a in local.value} if local.seen else {}
    for key in daily:
        name = by_uid.get(key)
        answer: Reading[bool]
        if not members.seen:
            answer = nothing(members.outcome, members.detail)
        elif name is None:
            answer = nothing(Outcome.UNSUPPORTED, "an account that this Mac does not keep")
        else:
            answer = value(name in members.value)
        found.append(
            observed(host, "administrator", answer, "dscl:admin", subject=host.pseudonym(key))
        )
    return tuple(found)
