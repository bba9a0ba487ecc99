"""When a device should be heard: the school's hours, by the signed policy or by the rota. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_wire.policy import Profile
from tutelage_wire.policy.timetable import Calendar, within

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.rota import Rota
    from tutelage_collector.store.records_quiet import Sign
    from tutelage_wire.policy import Policy


@dataclass(frozen=True, slots=True)
class SchoolHours:
    """One school's."""

    policy: Policy | None
    """The one that is published; None = none is."""
    rota: Rota

    def open_at(self, sign: Sign, moment: datetime) -> bool:
        """Tell whether a device of this kind is in school use at a moment.

        Where the policy has no timetable for it, a school day counts, as the rota has it. What a
        person owns is nobody's to expect.
        """
        if sign.profile not in set(Profile) or sign.profile == Profile.PERSONAL:
            return False
        local = self.rota.local(moment)
        by_rota = self.rota.is_school_day(local.date()) and (
            self.rota.day_starts <= local.time() < self.rota.day_ends
        )
        if self.policy is None:
            return by_rota
        rule = self.policy.rule(Profile(sign.profile))
        hours = self.policy.hours.get(rule.hours_by_group.get(sign.group, rule.hours))
        if hours is None:
            return by_rota
        school = self.policy.school(sign.school)
        calendar = Calendar(school.terms, school.closed) if school else Calendar()
        return within(hours, calendar, moment, self.policy.time_zone)
