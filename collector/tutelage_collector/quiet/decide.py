"""Who is quiet, and who is told: pure.

A device is quiet when it was heard today in the school's hours, they still last, it has missed
more than two of its minutely heartbeats, and it said no goodbye; or it said that its agent was told
to end while it stays on. What explains itself is nobody's to look at: a shut lid, a shutdown, the
night. Many at once are one message, because one fault is likelier than many; there is a pause
between two messages, and a day has a cap: who is woken fifty times reads none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.rota.model import Duty, Person, Way, WayKind
from tutelage_collector.store.records_quiet import (
    About,
    Audience,
    Ended,
    Handling,
    Spell,
    Telling,
    Why,
)
from tutelage_wire.events import IntegrityKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from tutelage_collector.config import Quiet
    from tutelage_collector.rota import Rota
    from tutelage_collector.store.records_quiet import Sign
    from tutelage_wire.events import DeviceId

    Open = Callable[[Sign, datetime], bool]

MANY, MANY_SHARE = 5, 0.25
"""So many at once, and this share of those heard today, are one fault rather than many."""
SCHOOL_SHARE = 0.9
"""Of at least ``MANY`` devices: a school as a whole."""
MOST_FOR_LEAD = 3
"""Messages a day and school to the safeguarding lead."""
RECENT_CONCERN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Changes:
    """Spells that begin and end."""

    begun: list[Spell]
    ended: list[tuple[str, Ended]]


def changes(
    signs: Sequence[Sign],
    spells: Sequence[Spell],
    is_open: Open,
    watching_since: datetime,
    now: datetime,
    after: timedelta,
    new_id: Callable[[], str],
) -> Changes:
    """Return which spells begin and end.

    Args:
        signs: of all active devices.
        spells: that are open.
        is_open: whether a device is in school use at a moment.
        watching_since: since when this collector has been listening without a break: before that
            it is its own fault that nobody was heard.
        now: the present moment.
        after: how long a device may be silent.
        new_id: gives a spell its id.
    """
    by_device = {one.device_id: one for one in spells}
    known = {one.device_id for one in signs}
    found = Changes([], [(one.id, Ended.LEFT) for one in spells if one.device_id not in known])
    for sign in signs:
        if sign.last_seen_at is None:
            continue
        spell = by_device.get(sign.device_id)
        explained = sign.farewell not in {"", IntegrityKind.AGENT_STOPPED}
        if spell is not None:
            if explained:
                found.ended.append((spell.id, Ended.EXPLAINED))
            elif sign.last_seen_at > spell.last_seen_at and now - sign.last_seen_at <= after:
                found.ended.append((spell.id, Ended.HEARD))
            continue
        silent = now - max(sign.last_seen_at, watching_since) > after
        today = now - sign.last_seen_at < timedelta(hours=12)
        if silent and today and not explained and is_open(sign, now) and is_open(
            sign, sign.last_seen_at
        ):  # fmt: skip
            found.begun.append(
                Spell(
                    id=new_id(),
                    device_id=sign.device_id,
                    school=sign.school,
                    why=Why.STOPPED if sign.farewell else Why.UNEXPLAINED,
                    last_seen_at=sign.last_seen_at,
                    noticed_at=now,
                    handling=Handling.MUTED if sign.muted else Handling.PENDING,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class School:
    """What decides who is told of one school's devices."""

    name: str
    rota: Rota
    spells: Sequence[Spell]
    """All that are open."""
    heard: int
    """Devices that were heard today, those that are quiet now among them."""
    of_concern: Collection[DeviceId]
    told_ict: Sequence[datetime]
    """When ICT was told today, oldest first."""
    told_lead: Sequence[datetime]


def tellings(
    school: School, settings: Quiet, now: datetime
) -> tuple[list[Telling], list[tuple[str, Handling]]]:
    """Return the messages that are due for one school, and how spells are thereby handled."""
    pending = [
        one for one in school.spells if one.handling is Handling.PENDING and one.waits
    ]  # fmt: skip
    oldest = min((one.noticed_at for one in pending), default=now)
    # Heartbeats are spread over a minute: what one fault did is complete only after that.
    if not pending or now - oldest < timedelta(seconds=settings.hold_seconds):
        return [], []
    pause = timedelta(minutes=settings.pause_minutes)
    if school.told_ict and now - school.told_ict[-1] < pause:
        return [], []
    ids = tuple(one.id for one in pending)
    found = _for_lead(school, pending, now)
    if len(school.told_ict) >= settings.most_a_day:
        return found, [(one, Handling.PAGE) for one in ids]
    many = len(pending) >= MANY and len(pending) >= MANY_SHARE * school.heard
    about = About.MANY if many else About.DEVICES
    people = _ways(ict_of(school.rota, now))
    found.append(Telling(school.name, Audience.ICT, about, school.heard, ids, people))
    return found, [(one, Handling.TOLD) for one in ids]


def _for_lead(school: School, pending: Sequence[Spell], now: datetime) -> list[Telling]:
    """Return what the lead is told: a school as a whole, or a device of a recent concern."""
    if len(school.told_lead) >= MOST_FOR_LEAD:
        return []
    people = _ways(leads_of(school.rota, now))
    if school.heard >= MANY and len(school.spells) >= SCHOOL_SHARE * school.heard:
        ids = tuple(one.id for one in school.spells if one.waits)
        return [Telling(school.name, Audience.DSL, About.SCHOOL, school.heard, ids, people)]
    ids = tuple(one.id for one in pending if one.device_id in school.of_concern)
    if not ids:
        return []
    return [Telling(school.name, Audience.DSL, About.CONCERN, school.heard, ids, people)]


def ict_of(rota: Rota, now: datetime) -> tuple[Person, ...]:
    """Return who of ICT is told; the collector's console where the rota names nobody."""
    day = rota.local(now).date()
    found = tuple(
        one for one in rota.people if one.duty is Duty.ICT and not rota.is_away(one.id, day)
    )
    return found or (Person("ict-1", Duty.ICT, (Way(WayKind.CONSOLE),)),)


def leads_of(rota: Rota, now: datetime) -> tuple[Person, ...]:
    """Return the leads and deputies on duty, else all leads."""
    leads = {Duty.DSL, Duty.DEPUTY}
    on_duty = tuple(one for one in rota.line(now) if one.duty in leads)
    return on_duty or tuple(one for one in rota.people if one.duty is Duty.DSL)


def _ways(people: Sequence[Person]) -> tuple[tuple[str, str], ...]:
    return tuple((one.id, str(way)) for one in people for way in one.ways)
