"""How a school stands, sentence by sentence. Pure: judgements, devices, exemptions, now.

FAIL needs evidence, UNKNOWN is neither pass nor fail, and every share says of how many. A device
that never answered is unknown, not absent: it stays in every denominator until it is retired.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.compliance.clauses import AnsweredBy, Clause, clauses
from tutelage_collector.store.records import DeviceState
from tutelage_wire.events import DeviceId, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Device, DeviceView, Judgement
    from tutelage_collector.store.records_allowed import Exemption

PROFILE = "school-s11"
_LOOK_AHEAD = timedelta(days=14)
_RANK = (Status.FAIL, Status.UNKNOWN, Status.EXEMPT, Status.PASS, Status.NOT_APPLICABLE)
"""Which check of a clause decides for its device; ERROR counts as UNKNOWN."""


@dataclass(frozen=True, slots=True)
class Because:
    """One check's part in a standing."""

    check_id: str
    status: Status
    why: str
    """Empty where the check itself says it; else in words: stale, exempt until."""
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one device stands in one clause, and which checks say so."""

    device: Device
    clause: Clause
    status: Status
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """One sentence, with the devices behind each number."""

    clause: Clause
    passed: tuple[DeviceId, ...]
    failed: tuple[DeviceId, ...]
    unknown: tuple[DeviceId, ...]
    exempt: tuple[DeviceId, ...]
    not_applicable: tuple[DeviceId, ...]

    @property
    def assessed(self) -> int:
        """Devices of which it is known whether they keep the sentence."""
        return len(self.passed) + len(self.failed)

    @property
    def percent(self) -> int | None:
        """Passes of the assessed, rounded down so that 100 means all; None = none assessed."""
        return 100 * len(self.passed) // self.assessed if self.assessed else None


@dataclass(frozen=True, slots=True)
class DueDay:
    """Which devices will breach which check on a day, if nobody acts."""

    day: date
    check_id: str
    devices: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """How a school or a trust stands at a moment."""

    at: datetime
    school: str | None
    devices: tuple[Device, ...]
    rows: tuple[ClauseRow, ...]
    standings: tuple[Standing, ...]
    due: tuple[DueDay, ...]
    stale_after: timedelta

    @property
    def failing(self) -> bool:
        """Whether any device fails any sentence."""
        return any(row.failed for row in self.rows)


def assess(
    sentences: Sequence[Clause],
    views: Iterable[DeviceView],
    judgements: Iterable[Judgement],
    exemptions: Sequence[Exemption],
    now: datetime,
    stale_after: timedelta,
    school: str | None = None,
) -> Report:
    """Return how the active devices stand.

    Args:
        sentences: of the policy, in order.
        views: the devices; revoked and retired ones are left out.
        judgements: the latest ones; those of other profiles are left out.
        exemptions: all, whether they still hold or not.
        now: the present moment.
        stale_after: an observation older than this says nothing any more. The default of 45 days
            lets a device rest through six weeks of summer holidays.
        school: of the devices, for the heading; None = all of the trust.
    """
    devices = tuple(view.device for view in views if view.device.state is DeviceState.ACTIVE)
    by_place: dict[tuple[DeviceId, str], list[Judgement]] = defaultdict(list)
    due: dict[tuple[date, str], set[DeviceId]] = defaultdict(set)
    active = {device.id for device in devices}
    for one in judgements:
        if one.profile != PROFILE or one.device_id not in active:
            continue
        for tag in one.clauses:
            by_place[one.device_id, tag].append(one)
        if one.due_at is not None and now <= one.due_at <= now + _LOOK_AHEAD:
            due[one.due_at.date(), one.check_id].add(one.device_id)
    standings = tuple(
        _standing(device, clause, by_place.get((device.id, clause.tag), []), exemptions, now,
                  stale_after)
        for clause in sentences
        for device in devices
    )  # fmt: skip
    return Report(
        at=now,
        school=school,
        devices=devices,
        rows=_rows(sentences, standings),
        standings=standings,
        due=tuple(
            DueDay(day, check, tuple(sorted(late))) for (day, check), late in sorted(due.items())
        ),
        stale_after=stale_after,
    )


def of_store(store: Store, stale_after_days: int, school: str | None, now: datetime) -> Report:
    """Return how the devices of a school, or of the trust, stand by what is stored now."""
    return assess(
        clauses(),
        store.devices(school),
        store.judgements(school=school, profile=PROFILE),
        store.exemptions(school),
        now,
        timedelta(days=stale_after_days),
        school,
    )


def effective(
    judgement: Judgement, exemptions: Sequence[Exemption], now: datetime, stale_after: timedelta
) -> Because:
    """Return what a judgement is worth now: it ages, and a person may have allowed a failure."""
    age = now - judgement.observed_at
    if age > stale_after:
        why = f"last seen {age.days} days ago"
        return Because(judgement.check_id, Status.UNKNOWN, why, judgement)
    if judgement.status is Status.ERROR:
        return Because(judgement.check_id, Status.UNKNOWN, "the check itself failed", judgement)
    if judgement.status is Status.FAIL:
        for one in exemptions:
            if one.covers(judgement.device_id, judgement.school, judgement.check_id, now):
                until = one.expires_at.date().isoformat()
                why = f"exempt until {until} by {one.approver}: {one.reason}"
                return Because(judgement.check_id, Status.EXEMPT, why, judgement)
    return Because(judgement.check_id, judgement.status, "", judgement)


def _standing(
    device: Device,
    clause: Clause,
    judgements: Sequence[Judgement],
    exemptions: Sequence[Exemption],
    now: datetime,
    stale_after: timedelta,
) -> Standing:
    because = tuple(effective(one, exemptions, now, stale_after) for one in judgements)
    if not because:
        why = (
            "a person has to attest this"
            if clause.by is AnsweredBy.PERSON
            else "no check of this device has answered yet"
        )
        return Standing(device, clause, Status.UNKNOWN, (Because("", Status.UNKNOWN, why),))
    worst = min((one.status for one in because), key=_RANK.index)
    return Standing(device, clause, worst, because)


def _rows(clauses: Sequence[Clause], standings: Sequence[Standing]) -> tuple[ClauseRow, ...]:
    found: dict[tuple[str, Status], list[DeviceId]] = defaultdict(list)
    for one in standings:
        found[one.clause.id, one.status].append(one.device.id)
    return tuple(
        ClauseRow(
            clause,
            passed=tuple(found[clause.id, Status.PASS]),
            failed=tuple(found[clause.id, Status.FAIL]),
            unknown=tuple(found[clause.id, Status.UNKNOWN]),
            exempt=tuple(found[clause.id, Status.EXEMPT]),
            not_applicable=tuple(found[clause.id, Status.NOT_APPLICABLE]),
        )
        for clause in clauses
    )
