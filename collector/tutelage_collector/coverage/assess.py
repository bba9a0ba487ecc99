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
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.coverage.heard import SILENT_AFTER, heartbeat_of
from tutelage_collector.store.records import DeviceState
from tutelage_wire.events import Heartbeat, SensorState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.store.records import DeviceView
    from tutelage_collector.store.records_coverage import CanaryArrival, ExpectedDevice
    from tutelage_wire.events import DeviceId, SensorReport

MISSED_CALL = timedelta(minutes=5)
"""A device that was heard within the hour and then missed five of its minutely calls."""
LATE_SECONDS = 120.0
"""A self-test that took longer had to wait for the line."""
PROOF_LASTS = timedelta(days=31)
"""A channel that was not proven for a month is not proven."""
CHANNELS = {
    "files": ("file", "file_name"),
    "browser_history": ("search", "title", "url"),
    "window_title": ("window",),
}
"""Sensor -> the channels through which its self-tests come."""


class Standing(StrEnum):
    """How a device stands, the worst first."""

    MISSING = "missing"
    """On the school's list, and never enrolled."""
    NEVER_HEARD = "never_heard"
    SILENT = "silent"
    BLIND = "blind"
    """It is heard, and one of its channels cannot see."""
    STALE = "stale"
    """It watches by an older pack than other devices do."""
    LATE = "late"
    """What it saw arrived late: the line to the collector was lost for a while."""
    UNPROVEN = "unproven"
    """Nothing says otherwise, and no self-test proved it within a month."""
    POSTURE_ONLY = "posture_only"
    """Content is out of scope here, as the signed policy says."""
    PROVEN = "proven"


SEEING = frozenset({Standing.PROVEN, Standing.LATE, Standing.UNPROVEN, Standing.STALE})
"""Standings in which what a child writes is looked at."""


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One sensor of one device."""

    sensor: str
    state: SensorState
    reason: str
    proven_at: datetime | None
    """When its latest self-test arrived."""
    seconds: float | None
    """How long that took."""


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device, of the list or enrolled."""

    name: str
    device_id: DeviceId | None
    school: str
    profile: str
    place: str
    standing: Standing
    missed_call: bool
    """It was heard within the hour, and not in the last five minutes."""
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
) -> Coverage:
    """Return how much is covered.

    Args:
        views: enrolled devices; revoked and retired ones are left out.
        expected: the school's own list; empty = none was given.
        canaries: the latest self-test of each device and channel.
        now: the collector's clock.
        school: which school this is about; None = the trust.
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
              places.get(view.device.id, ""))
        for view in active
    ]  # fmt: skip
    lines += [_missing(one) for one in missing]
    order = list(Standing)
    lines.sort(key=lambda one: (order.index(one.standing), one.school, one.name.casefold()))
    return Coverage(now, school, bool(expected), tuple(lines), newest)


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
) -> DeviceLine:
    channels = tuple(_channel(one, arrived) for one in beat.sensors) if beat else ()
    pack = beat.packs[0] if beat and beat.packs else ""
    age = now - view.last_seen_at if view.last_seen_at else None
    return DeviceLine(
        name=view.device.evidence.label or view.device.id[:12],
        device_id=view.device.id,
        school=view.device.placement.school,
        profile=view.device.placement.profile,
        place=place,
        standing=_standing(beat, channels, age, pack, newest, now),
        missed_call=age is not None and MISSED_CALL < age < timedelta(hours=1),
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
        missed_call=False,
        last_seen_at=None,
        pack="",
        channels=(),
        blind_spots=(),
    )


def _channel(report: SensorReport, arrived: Sequence[CanaryArrival]) -> ChannelLine:
    of_it = [one for one in arrived if one.channel in CHANNELS.get(report.name, ())]
    latest = max(of_it, key=lambda one: one.received_at, default=None)
    return ChannelLine(
        report.name,
        report.state,
        report.reason,
        latest.received_at if latest else None,
        latest.seconds if latest else None,
    )


def _standing(
    beat: Heartbeat | None,
    channels: Sequence[ChannelLine],
    age: timedelta | None,
    pack: str,
    newest: str,
    now: datetime,
) -> Standing:
    # 1. Is it there at all?
    if beat is None or age is None:
        return Standing.NEVER_HEARD
    if age > SILENT_AFTER:
        return Standing.SILENT
    # 2. Is it meant to look, and can it?
    if not any(one.state is not SensorState.OUT_OF_SCOPE for one in channels):
        return Standing.POSTURE_ONLY
    if not pack or _is_blind(beat, channels):
        return Standing.BLIND
    # 3. By what does it look, and was that ever proven?
    if newest and pack != newest:
        return Standing.STALE
    proofs = [one for one in channels if one.proven_at and now - one.proven_at <= PROOF_LASTS]
    if not proofs:
        return Standing.UNPROVEN
    late = any((one.seconds or 0.0) > LATE_SECONDS for one in proofs)
    return Standing.LATE if late else Standing.PROVEN


def _is_blind(beat: Heartbeat, channels: Sequence[ChannelLine]) -> bool:
    unseeing = any(one.state in (SensorState.BLIND, SensorState.FAILED) for one in channels)
    return unseeing or any(one.startswith("self_test_missed") for one in beat.blind_spots)


def _newest(beats: Iterable[Heartbeat | None]) -> str:
    """Return the pack of the highest version; of equal ones, what most devices have."""
    counts = Counter(beat.packs[0] for beat in beats if beat and beat.packs)
    return max(counts, key=lambda pack: (_version(pack), counts[pack]), default="")


def _version(pack: str) -> tuple[int, ...]:
    """Return ``kcsie@1.4.0#...`` as (1, 4, 0); what cannot be read is the lowest."""
    text = pack.partition("@")[2].partition("#")[0]
    parts = text.split(".")
    return tuple(int(part) for part in parts) if all(p.isdigit() for p in parts) else (0,)
