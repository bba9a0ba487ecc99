"""Which devices are heard, which channels are proven, which are blind, out of how many. Pure.

The denominator is the school's own list of devices where it gave one: a device that never enrolled
is the blind spot that no agent can report. What is wrong is told apart, because each has another
remedy: the agent is down, a channel is blind, the pack is stale, the line to the collector was
lost, or nothing was ever proven. (An alert that was stored and reached nobody is the notifiers' to
say.)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.coverage.heard import heartbeat_of
from tutelage_collector.coverage.standing import (
    SEEING,
    ChannelLine,
    Standing,
    channel_line,
    missed_sensors,
    standing_of,
)
from tutelage_collector.store.records import DeviceState
from tutelage_wire.events import GOODBYES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import DeviceView
    from tutelage_collector.store.records_coverage import CanaryArrival, ExpectedDevice
    from tutelage_wire.events import DeviceId, Heartbeat


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device, of the list or enrolled."""

    name: str
    device_id: DeviceId | None
    school: str
    profile: str
    place: str
    standing: Standing
    away: str
    """Its goodbye, where it said one: ``device_asleep``, ``device_off``, ``agent_stopped``."""
    last_seen_at: datetime | None
    pack: str
    channels: tuple[ChannelLine, ...]
    blind_spots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """A school's or trust's coverage at one moment."""

    at: datetime
    school: str | None
    from_inventory: bool
    """Whether the denominator is the school's own list, or only what enrolled."""
    devices: tuple[DeviceLine, ...]
    newest_pack: str
    undelivered: tuple[str, ...] = ()
    """Why messages about alerts do not get through, in sentences; empty = all do."""

    @property
    def expected(self) -> int:
        """Return the denominator."""
        return len(self.devices)

    def count(self, *standings: Standing) -> int:
        """Return how many devices stand so."""
        return sum(1 for one in self.devices if one.standing in standings)

    @property
    def seeing(self) -> int:
        """Return on how many devices content is looked at."""
        return self.count(*SEEING)

    @property
    def in_scope(self) -> int:
        """Return the devices whose content is to be looked at."""
        return self.expected - self.count(Standing.POSTURE_ONLY)

    @property
    def percent(self) -> int | None:
        """Return the share that is covered, rounded down; None where nothing is in scope."""
        return 100 * self.seeing // self.in_scope if self.in_scope else None

    @property
    def blind_spots(self) -> list[tuple[str, int]]:
        """Return what devices say they cannot see, and how many say so, the most common first."""
        return Counter(spot for one in self.devices for spot in one.blind_spots).most_common()


def assess(
    views: Sequence[DeviceView],
    expected: Sequence[ExpectedDevice],
    canaries: Iterable[CanaryArrival],
    now: datetime,
    school: str | None = None,
    quiet: Collection[DeviceId] = (),
    undelivered: Sequence[str] = (),
) -> Coverage:
    """Return how much is covered.

    Args:
        views: enrolled devices; revoked and retired ones are left out.
        expected: the school's own list; empty = none was given.
        canaries: the latest self-test of each device and channel.
        now: the collector's clock.
        school: which school this is about; None = the trust.
        quiet: devices that should be heard now and are not.
        undelivered: why messages do not get through.
    """
    active = [view for view in views if view.device.state is DeviceState.ACTIVE]
    beats = {view.device.id: heartbeat_of(view) for view in active}
    newest = _newest(beats.values())
    arrived: dict[DeviceId, list[CanaryArrival]] = {}
    for one in canaries:
        arrived.setdefault(one.device_id, []).append(one)
    places, missing = _match(active, expected)
    lines = [
        _line(view, beats[view.device.id], arrived.get(view.device.id, []), newest, now,
              places.get(view.device.id, ""), is_quiet=view.device.id in quiet)
        for view in active
    ]  # fmt: skip
    lines += [_missing(one) for one in missing]
    order = list(Standing)
    lines.sort(key=lambda one: (order.index(one.standing), one.school, one.name.casefold()))
    return Coverage(now, school, bool(expected), tuple(lines), newest, tuple(undelivered))


def _match(
    active: Sequence[DeviceView], expected: Sequence[ExpectedDevice]
) -> tuple[dict[DeviceId, str], list[ExpectedDevice]]:
    """Find each expected device among the enrolled ones: by serial number, else by its label."""
    serials = {
        view.device.evidence.serial.casefold(): view.device.id
        for view in active
        if view.device.evidence.serial
    }
    labels = {
        (view.device.placement.school, view.device.evidence.label.casefold()): view.device.id
        for view in active
    }
    places: dict[DeviceId, str] = {}
    missing = []
    for one in expected:
        found = serials.get(one.serial.casefold()) if one.serial else None
        if found is None and one.label:
            found = labels.get((one.school, one.label.casefold()))
        if found is None:
            missing.append(one)
        else:
            places[found] = one.place
    return places, missing


def _line(
    view: DeviceView,
    beat: Heartbeat | None,
    arrived: Sequence[CanaryArrival],
    newest: str,
    now: datetime,
    place: str,
    *,
    is_quiet: bool,
) -> DeviceLine:
    missed = missed_sensors(beat) if beat else frozenset()
    channels = (
        tuple(channel_line(one, arrived, missed, now) for one in beat.sensors) if beat else ()
    )
    pack = beat.packs[0] if beat and beat.packs else ""
    age = now - view.last_seen_at if view.last_seen_at else None
    return DeviceLine(
        name=view.device.evidence.label or view.device.id[:12],
        device_id=view.device.id,
        school=view.device.placement.school,
        profile=view.device.placement.profile,
        place=place,
        standing=standing_of(beat, channels, age, pack, newest, is_quiet=is_quiet),
        away=view.farewell if view.farewell in GOODBYES else "",
        last_seen_at=view.last_seen_at,
        pack=pack,
        channels=channels,
        blind_spots=beat.blind_spots if beat else (),
    )


def _missing(one: ExpectedDevice) -> DeviceLine:
    return DeviceLine(
        name=one.name,
        device_id=None,
        school=one.school,
        profile="",
        place=one.place,
        standing=Standing.MISSING,
        away="",
        last_seen_at=None,
        pack="",
        channels=(),
        blind_spots=(),
    )


def _newest(beats: Iterable[Heartbeat | None]) -> str:
    """Return the pack of the highest version; of equal ones, what most devices have."""
    counts = Counter(beat.packs[0] for beat in beats if beat and beat.packs)
    return max(counts, key=lambda pack: (_version(pack), counts[pack]), default="")


def _version(pack: str) -> tuple[int, ...]:
    """Return ``kcsie@1.4.0#...`` as (1, 4, 0); what cannot be read is the lowest."""
    text = pack.partition("@")[2].partition("#")[0]
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (0,)
