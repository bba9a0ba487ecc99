"""Spells and mutes in words, for the page and the command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.errors import CollectorError
from tutelage_collector.rota import keeping
from tutelage_collector.rota.model import Duty
from tutelage_collector.store.records_quiet import Ended, Handling, Mute, Spell, Why

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_wire.events import DeviceId

SHOWN = timedelta(days=7)
"""How long a spell that ended is shown."""
LONGEST_MUTE_DAYS = 90
SAID_WHY = {
    Why.UNEXPLAINED: "said nothing: killed, held, cut off or without power",
    Why.STOPPED: "said that its agent was told to end while the device stays on",
}
SAID_HANDLING = {
    Handling.PENDING: "ICT is told soon, with others of the same cause",
    Handling.TOLD: "ICT was told",
    Handling.PAGE: "The day's messages were used up: it is only here",
    Handling.MUTED: "Muted: nobody is told",
}
SAID_ENDED = {
    Ended.NOT: "",
    Ended.HEARD: "Heard again",
    Ended.EXPLAINED: "Its goodbye came late: asleep or off",
    Ended.LEFT: "Revoked or retired",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One spell with what people call the device."""

    spell: Spell
    name: str
    why: str
    handling: str
    ended: str


@dataclass(frozen=True, slots=True)
class MuteLine:
    """One mute with what people call the device."""

    mute: Mute
    name: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that a school should know of it."""

    now: tuple[Line, ...]
    before: tuple[Line, ...]
    """Ended within the last days."""
    mutes: tuple[MuteLine, ...]
    nobody: tuple[str, ...]
    """Schools whose rota names nobody of ICT."""


def board(store: Store, school: str | None, now: datetime) -> Board:
    """Return what the page and the command show."""
    views = store.devices(school)
    names = {one.device.id: one.device.evidence.label or one.device.id[:12] for one in views}
    lines = [
        Line(
            one,
            names.get(one.device_id, one.device_id[:12]),
            SAID_WHY[one.why],
            SAID_HANDLING[one.handling],
            SAID_ENDED[one.ended],
        )
        for one in store.spells(school, since=now - SHOWN)
    ]
    schools = sorted({one.device.placement.school for one in views})
    return Board(
        now=tuple(one for one in lines if one.spell.ended_at is None),
        before=tuple(one for one in lines if one.spell.ended_at is not None),
        mutes=tuple(
            MuteLine(one, names[one.device_id])
            for one in store.mutes(now)
            if one.device_id in names
        ),
        nobody=tuple(
            one
            for one in schools
            if not any(person.duty is Duty.ICT for person in keeping.load(store, one).people)
        ),
    )


def acknowledge(store: Store, device_id: DeviceId, by: str, note: str, now: datetime) -> None:
    """Let a person take a quiet device up, on record.

    Raises:
        NotFoundError: it is not quiet, or was acknowledged already.
    """
    store.acknowledge_quiet(device_id, by, note, now)
    store.audit(by, "quiet device acknowledged", f"device {device_id}", "", now)


def acknowledge_all(store: Store, school: str | None, by: str, note: str, now: datetime) -> int:
    """Let a person take all up that wait, as one fault; return how many there were."""
    waiting = [one for one in store.spells(school, open_only=True) if one.waits]
    for one in waiting:
        acknowledge(store, one.device_id, by, note, now)
    return len(waiting)


def mute(store: Store, device_id: DeviceId, days: int, by: str, reason: str, now: datetime) -> None:
    """Let nobody be told of a device for some days, on record.

    Raises:
        CollectorError: too many days, or no reason.
    """
    if not 1 <= days <= LONGEST_MUTE_DAYS:
        raise CollectorError(f"a device is muted for 1 to {LONGEST_MUTE_DAYS} days, not {days}")
    if not reason.strip():
        raise CollectorError("say why nobody should be told of this device: it is kept on record")
    store.mute_device(Mute(device_id, now + timedelta(days=days), by, reason.strip()[:200]))
    store.audit(by, "quiet device muted", f"device {device_id}", f"for {days} days", now)


def unmute(store: Store, device_id: DeviceId, by: str, now: datetime) -> None:
    """Let people be told again, on record.

    Raises:
        NotFoundError: it is not muted.
    """
    store.unmute_device(device_id)
    store.audit(by, "quiet device unmuted", f"device {device_id}", "", now)
