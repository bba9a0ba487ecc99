"""How one device stands, and whether each of its channels was proven. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.coverage.heard import SILENT_AFTER
from tutelage_wire.events import Heartbeat, SensorState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from tutelage_collector.store.records_coverage import CanaryArrival
    from tutelage_wire.events import SensorReport

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
    QUIET = "quiet"
    """It should be heard now, and is not: killed, stopped, held or cut off."""
    BLIND = "blind"
    """It is heard, and one of its channels cannot see."""
    STALE = "stale"
    """It watches by an older pack than other devices do."""
    LATE = "late"
    """What it saw arrived late: the line to the collector was lost for a while."""
    PARTLY_PROVEN = "partly_proven"
    """Some of what is watched was proven within a month, and some was not."""
    UNPROVEN = "unproven"
    """Nothing says otherwise, and no self-test proved it within a month."""
    POSTURE_ONLY = "posture_only"
    """Content is out of scope here, as the signed policy says."""
    PROVEN = "proven"


SEEING = frozenset(
    {Standing.PROVEN, Standing.LATE, Standing.UNPROVEN, Standing.STALE, Standing.PARTLY_PROVEN}
)
"""Standings in which what a child writes is looked at."""


_TESTS = {"file": "files", "page": "browser_history", "window": "window_title"}
"""What a device calls a self-test -> the sensor that it is about."""


class Proof(StrEnum):
    """Whether a channel was proven."""

    PROVEN = "proven"
    LATE = "late"
    """Its self-test arrived, and had waited for the line to the collector."""
    MISSED = "missed"
    """The device itself did not see its latest self-test."""
    NOT_YET = "not_yet"
    """No self-test within a month."""
    UNWATCHED = "unwatched"
    """The policy does not switch it on here, or not now: nothing to prove, and not blind."""
    WITHOUT = "without"
    """This source has no self-test of its own."""


class Fault(StrEnum):
    """What is wrong, told apart: each has another remedy, and another person to mend it."""

    AGENT_DOWN = "agent_down"
    CHANNEL_BLIND = "channel_blind"
    PACK_STALE = "pack_stale"
    COLLECTOR_LOST = "collector_lost"
    ALERT_UNDELIVERED = "alert_undelivered"


FAULTS: dict[Fault, frozenset[Standing]] = {
    Fault.AGENT_DOWN: frozenset({Standing.QUIET, Standing.SILENT, Standing.NEVER_HEARD}),
    Fault.CHANNEL_BLIND: frozenset({Standing.BLIND}),
    Fault.PACK_STALE: frozenset({Standing.STALE}),
    Fault.COLLECTOR_LOST: frozenset({Standing.LATE}),
    Fault.ALERT_UNDELIVERED: frozenset(),
}
"""Of devices; that alerts reach nobody is no device's fault."""


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One sensor of one device."""

    sensor: str
    state: SensorState
    reason: str
    proof: Proof
    proven_at: datetime | None
    """When its latest self-test arrived."""
    seconds: float | None
    """How long that took."""


def missed_sensors(beat: Heartbeat) -> frozenset[str]:
    """Return the sensors of which the device says that it missed its own self-test."""
    named = (one.partition(":") for one in beat.blind_spots)
    return frozenset(
        _TESTS.get(test, test) for kind, _, test in named if kind == "self_test_missed"
    )


def channel_line(
    report: SensorReport,
    arrived: Sequence[CanaryArrival],
    missed: Collection[str],
    now: datetime,
) -> ChannelLine:
    """Return how one sensor stands."""
    of_it = [one for one in arrived if one.channel in CHANNELS.get(report.name, ())]
    latest = max(of_it, key=lambda one: one.received_at, default=None)
    return ChannelLine(
        report.name,
        report.state,
        report.reason,
        _proof(report, latest, missed, now),
        latest.received_at if latest else None,
        latest.seconds if latest else None,
    )


def _proof(
    report: SensorReport, latest: CanaryArrival | None, missed: Collection[str], now: datetime
) -> Proof:
    if report.state is SensorState.OUT_OF_SCOPE:
        return Proof.UNWATCHED
    if report.name not in CHANNELS:
        return Proof.WITHOUT
    if report.name in missed:
        return Proof.MISSED
    if latest is None or now - latest.received_at > PROOF_LASTS:
        return Proof.NOT_YET
    return Proof.LATE if latest.seconds > LATE_SECONDS else Proof.PROVEN


def standing_of(
    beat: Heartbeat | None,
    channels: Sequence[ChannelLine],
    age: timedelta | None,
    pack: str,
    newest: str,
    *,
    is_quiet: bool,
) -> Standing:
    """Return how a device stands.

    Args:
        beat: its latest heartbeat.
        channels: its sensors.
        age: how long ago it was heard.
        pack: by which it watches.
        newest: pack that a device of this trust has.
        is_quiet: whether it should be heard now and is not.
    """
    # 1. Is it there at all?
    if beat is None or age is None:
        return Standing.NEVER_HEARD
    if age > SILENT_AFTER:
        return Standing.SILENT
    if is_quiet:
        return Standing.QUIET
    # 2. Is it meant to look, and can it?
    if not any(one.state is not SensorState.OUT_OF_SCOPE for one in channels):
        return Standing.POSTURE_ONLY
    blind = any(one.state in (SensorState.BLIND, SensorState.FAILED) for one in channels)
    if not pack or blind or missed_sensors(beat):
        return Standing.BLIND
    # 3. By what does it look, and was that ever proven?
    if newest and pack != newest:
        return Standing.STALE
    proofs = {one.proof for one in channels} - {Proof.UNWATCHED, Proof.WITHOUT}
    if not proofs - {Proof.NOT_YET}:
        return Standing.UNPROVEN
    if Proof.LATE in proofs:
        return Standing.LATE
    return Standing.PARTLY_PROVEN if Proof.NOT_YET in proofs else Standing.PROVEN
