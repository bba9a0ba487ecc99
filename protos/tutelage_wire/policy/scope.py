"""What may run on a device now, by its policy. Pure: policy, device and moment in, answer out.

Out of scope means that a sensor is not started, not that its output is dropped. Content monitoring
ends with its lawful basis; the checks of the device have no scope and always go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_wire.policy import Policy, Profile, ProfileRule, SensorName
from tutelage_wire.policy.timetable import Calendar, local_day, next_change, within, zone

if TYPE_CHECKING:
    from collections.abc import Mapping


class Why(StrEnum):
    """Why a sensor does not run; the sentences are for status, heartbeat and console."""

    PERSONAL = "this device belongs to a person, not to the school: checks only"
    PROFILE = "the policy does not watch this for this kind of device"
    HOURS = "outside of the hours that the policy gives"
    HOLIDAY = "the school is closed"
    BASIS = "the lawful basis has expired: content monitoring has stopped until a new one is signed"


@dataclass(frozen=True, slots=True)
class Place:
    """What of a device decides its scope."""

    profile: Profile
    school: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The answer for one moment."""

    running: frozenset[SensorName]
    out: Mapping[SensorName, Why]
    until: datetime | None
    """When the answer may next be another; None = not for a long time."""
    basis_expired: bool
    rule: ProfileRule

    def why_not(self, name: str) -> Why | None:
        """Return why a sensor of this name does not run; None = it may."""
        if name not in set(SensorName):
            return Why.PROFILE  # a sensor that no policy can name yet is in nobody's scope
        return self.out.get(SensorName(name))


def scope(policy: Policy, place: Place, now: datetime) -> Scope:
    """Return what may run on a device at ``now``."""
    rule = policy.rule(place.profile)
    expired = policy.basis is not None and (
        local_day(now, policy.time_zone) > policy.basis.expires_on
    )
    why, until = _why_none(policy, place, rule, now, expired=expired)
    out = {
        sensor: why or Why.PROFILE
        for sensor in SensorName
        if why is not None or sensor not in rule.sensors
    }
    if why is not None and place.profile is not Profile.PERSONAL and why is not Why.BASIS:
        out |= {sensor: Why.PROFILE for sensor in SensorName if sensor not in rule.sensors}
    running = frozenset(SensorName) - frozenset(out)
    # Who has no sensor in the policy loses nothing when the basis expires.
    return Scope(running, out, until, expired and bool(rule.sensors), rule)


def may_run(policy: Policy, place: Place, sensor: str, moment: datetime) -> bool:
    """Tell whether a sensor may look at what happened at ``moment``: asked for each file."""
    rule = policy.rule(place.profile)
    if place.profile is Profile.PERSONAL:
        return False  # whatever is signed
    if sensor not in {one.value for one in rule.sensors}:
        return False
    if policy.basis and local_day(moment, policy.time_zone) > policy.basis.expires_on:
        return False
    hours = policy.hours.get(rule.hours_by_group.get(place.group, rule.hours))
    return hours is None or within(hours, _calendar(policy, place), moment, policy.time_zone)


def context_days(policy: Policy, place: Place, now: datetime) -> int:
    """Return how many days a device keeps more of a text around a finding; 0 = none, and now.

    Hours do not matter: who looks into something does so after them. With the lawful basis it ends.
    """
    if policy.basis and local_day(now, policy.time_zone) > policy.basis.expires_on:
        return 0
    rule = policy.rule(place.profile)
    return rule.context_days if rule.sensors else 0


def _calendar(policy: Policy, place: Place) -> Calendar:
    school = policy.school(place.school)
    return Calendar(school.terms, school.closed) if school else Calendar()


def _why_none(
    policy: Policy, place: Place, rule: ProfileRule, now: datetime, *, expired: bool
) -> tuple[Why | None, datetime | None]:
    """Return why nothing may run, if so, and when that may change."""
    if place.profile is Profile.PERSONAL:
        return Why.PERSONAL, None
    if expired:
        return (Why.BASIS if rule.sensors else Why.PROFILE), None
    ends = _end_of_basis(policy)
    hours = policy.hours.get(rule.hours_by_group.get(place.group, rule.hours))
    if hours is None:  # ALWAYS; reading refused any other name that has no timetable
        return None, ends
    calendar = _calendar(policy, place)
    changes = next_change(hours, calendar, now, policy.time_zone)
    until = min((one for one in (ends, changes) if one is not None), default=None)
    if within(hours, calendar, now, policy.time_zone):
        return None, until
    closed = hours.only_in_term and not calendar.in_term(local_day(now, policy.time_zone))
    return (Why.HOLIDAY if closed else Why.HOURS), until


def _end_of_basis(policy: Policy) -> datetime | None:
    if policy.basis is None:
        return None
    day_after = policy.basis.expires_on + timedelta(days=1)
    return datetime.combine(day_after, time(), zone(policy.time_zone))
