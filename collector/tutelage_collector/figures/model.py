"""The figures as values. Nothing in here is a name, an account or a device's label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.registers.due import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tutelage_collector.compliance import ClauseCount
    from tutelage_collector.figures.period import Period
    from tutelage_collector.registers.agreements import AgreedCount
    from tutelage_collector.registers.offices import Post
    from tutelage_collector.registers.reviews import Planned
    from tutelage_collector.registers.training import TrainedCount
    from tutelage_collector.store.records_allowed import Exemption
    from tutelage_collector.store.records_registers import (
        ActivityRow,
        AlertCount,
        IntegrityCount,
        ReportPost,
        ReportSchedule,
        SelfTestCount,
    )


@dataclass(frozen=True, slots=True)
class ProfileSeen:
    """Devices of one profile, by the inventory: a silent device stays in the denominator."""

    profile: str
    enrolled: int
    heard: int
    """Heard from within the last three days."""
    never: int

    @property
    def silent(self) -> int:
        """Not heard from: what they show is not known."""
        return self.enrolled - self.heard


@dataclass(frozen=True, slots=True)
class SensorCount:
    """One sensor in one state on so many devices."""

    sensor: str
    state: str
    reason: str
    devices: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How much is seen."""

    profiles: tuple[ProfileSeen, ...]
    systems: tuple[tuple[str, int], ...]
    blind_spots: tuple[tuple[str, int], ...]
    """(what is not seen, on how many devices), the widest first."""
    sensors: tuple[SensorCount, ...]
    packs: tuple[tuple[str, int], ...]
    """(pack and version in force, on how many devices)."""
    missing: int | None
    """On the school's own list and never enrolled; None = the school gave no list."""

    @property
    def enrolled(self) -> int:
        """All active devices."""
        return sum(one.enrolled for one in self.profiles)

    @property
    def heard(self) -> int:
        """Heard from within the last three days."""
        return sum(one.heard for one in self.profiles)


@dataclass(frozen=True, slots=True)
class Response:
    """How soon alerts of one grade were acknowledged."""

    grade: int
    episodes: int
    """Alerts about one account at one device within a short while: people are told once."""
    acknowledged: int
    late: int
    """Acknowledged too late, or waiting for longer than the grade promises."""
    median_seconds: int | None
    worst_seconds: int | None
    """Of what still waits: how long it has waited."""

    @property
    def in_time(self) -> int:
        """Acknowledged in time, or still waiting within it."""
        return self.episodes - self.late


@dataclass(frozen=True, slots=True)
class Casework:
    """What people did with alerts."""

    responses: tuple[Response, ...]
    opened: int
    """Concerns made in the span."""
    closed: int
    open_now: int
    outcomes: tuple[tuple[str, int], ...]
    """(outcome, concerns closed with it in the span)."""
    to_log: int
    """Concerns of the span that belong on CPOMS."""
    logged: int
    log_median_hours: int | None
    police_asked: int
    """Concerns of the span where the police had to be considered."""
    police_answered: int
    decisions: int
    decisions_waiting: int
    staff_concerns: int
    reported_by_people: int
    complaints_open: int


@dataclass(frozen=True, slots=True)
class Registers:
    """What people keep up, as of now."""

    posts: tuple[Post, ...]
    agreed: tuple[AgreedCount, ...]
    trained: tuple[TrainedCount, ...]
    reviews: tuple[Planned, ...]

    @property
    def overdue(self) -> tuple[str, ...]:
        """What people have let pass, in words, for the overview and every report."""
        found = [
            f"{one.review.title} ({one.school}): "
            + (f"due since {one.due_on.isoformat()}" if one.due_on else "never made")
            for one in self.reviews
            if one.standing in {Standing.OVERDUE, Standing.NEVER}
        ]
        found += [f"{one.title} ({one.school}): {one.lacking}" for one in self.posts if one.lacking]
        found += [
            f"Acceptable use, {one.kind.value}: {one.overdue + one.never} of {one.expected} to ask"
            for one in self.agreed
            if one.overdue + one.never
        ]
        found += [
            f"{one.course.title}: {one.overdue + one.never} of {one.expected} due"
            for one in self.trained
            if one.overdue + one.never
        ]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything of a span that reports ask."""

    at: datetime
    trust: str
    school: str | None
    """None = all schools of the trust."""
    schools: tuple[str, ...]
    period: Period
    coverage: Seen
    activity: Sequence[ActivityRow]
    alerts: Sequence[AlertCount]
    alerts_by_school: Sequence[tuple[str, int]]
    alerts_before: Sequence[AlertCount]
    """Of the span that is compared with: a year before, or the span before."""
    compared_with: Period
    self_tests: Sequence[SelfTestCount]
    integrity: Sequence[IntegrityCount]
    clauses: tuple[ClauseCount, ...]
    checks_seen: int
    newest_check: datetime | None
    exemptions: tuple[Exemption, ...]
    kept: Registers
    schedules: tuple[ReportSchedule, ...]
    sent: tuple[ReportPost, ...]
    accounts: tuple[tuple[str, int], ...]
    """(role, how many may sign in)."""
    evidence_exports: int
    casework: Casework

    @property
    def place(self) -> str:
        """The school, or all of them, in words."""
        return self.school if self.school is not None else f"all schools of {self.trust}"
