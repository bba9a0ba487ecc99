"""The ladder: an episode, the rota, who was told so far, now -> who is told next, and when.

Pure, and a function of what happened and not of a schedule: after an hour without the collector it
tells the one person whose turn it is, not twelve. safeguarding.md 3.3:

| grade | goes out | acknowledge within | then |
|---|---|---|---|
| 5 | at any hour | 5 minutes | the next on duty; five times through the line; the headteacher |
| 4 | outside of quiet hours (self-harm, abuse: at any hour) | 30 minutes | likewise |
| 3 | at the next of three times of a school day | one school day | the next on duty, once |
| 2 | once a day, all together | - | - |
| 1 | never: counted | - | - |
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from tutelage_collector.rota import Duty
from tutelage_collector.store.records_escalation import Reach, Reason
from tutelage_wire.events import Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.rota import Person, Rota
    from tutelage_collector.store.records_escalation import Step

SAME_DAY_SLOTS = (time(8, 30), time(12, 30), time(15, 30))
"""At most four hours apart in a school day."""
DIGEST_SLOT = (time(15, 30),)
HEAD_TIMES = 5
HEAD_EVERY = timedelta(minutes=15)
REMIND_EVERY = timedelta(days=1)
"""Once everybody was told and nobody answered: it is not forgotten, and it is no flood."""
ASK_AGAIN = timedelta(minutes=10)
"""Where the rota names nobody at all."""


_HOW = {
    Reach.DELIVERED: "was told",
    Reach.WAITING: "is being told",
    Reach.FAILED: "could not be reached",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What the ladder needs to know of an episode."""

    grade: int
    opened_at: datetime
    any_hour: bool
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Tell this person now."""

    person: Person
    cycle: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens now and next."""

    order: Order | None
    look_at: datetime | None
    """When to decide again; None = never, or right after the order was carried out."""
    says: str
    """For the page: what happens next, or why nothing does."""


def plan(case: Case, rota: Rota, steps: Sequence[Step], now: datetime) -> Plan:
    """Return who is told now, or when to look again.

    Args:
        case: the episode as it stands.
        rota: of its school.
        steps: all that were taken for it, oldest first.
        now: the present moment; a step in its future counts as taken now.
    """
    if case.acknowledged:
        return Plan(None, None, "")
    told = [one for one in steps if one.grade >= case.grade]
    if case.grade >= Grade.WITHIN_30_MINUTES:
        return _urgent(case, rota, told, now)
    if case.grade >= Grade.DIGEST:
        return _in_time(case, rota, told, now)
    return Plan(None, None, "Counted for the trends; nobody is told of a single one of this grade.")


def _urgent(case: Case, rota: Rota, told: Sequence[Step], now: datetime) -> Plan:
    due = _due(case, rota, told, now)
    if told and now < due:
        following = _following(rota, told, due)
        return Plan(None, due, _waits(rota, told[-1], due, following, now))
    if not case.any_hour and rota.is_quiet(now):
        ends = rota.quiet_ends(now)
        return Plan(
            None,
            ends,
            f"Quiet hours: somebody is told at {said(rota, ends, now)}. It stands here now.",
        )
    if not case.any_hour and not rota.line(now):
        begins = rota.next_cover(now)
        if begins is not None and not told:
            return Plan(
                None, begins,
                f"Nobody is on duty now: somebody is told at {said(rota, begins, now)}.",
            )  # fmt: skip
    order = _following(rota, told, now)
    if order is None:
        return Plan(
            None, now + ASK_AGAIN,
            "Nobody can be told: the rota names nobody who is there. Mend it under Rota.",
        )  # fmt: skip
    return Plan(order, None, f"{order.person.id} is being told.")


def _due(case: Case, rota: Rota, told: Sequence[Step], now: datetime) -> datetime:
    """Return when the next person's turn is."""
    if not told:
        return case.opened_at
    last = told[-1]
    at = min(last.at, now)  # the clock went back
    heads = [one for one in told if one.reason is Reason.LAST_RESORT]
    if len(heads) >= HEAD_TIMES:
        return at + REMIND_EVERY
    due = at + _within(case.grade, rota, last_resort=bool(heads))
    if last.reach is Reach.FAILED and not heads:
        # Who could not be reached is not waited for; but a whole line that cannot be reached is
        # gone through once a time, not once a second.
        order = _following(rota, told, now)
        if order is not None and order.reason is not Reason.NEW_CYCLE:
            return at
    return due


def _within(grade: int, rota: Rota, *, last_resort: bool) -> timedelta:
    if last_resort:
        return HEAD_EVERY
    urgent = grade >= Grade.WITHIN_5_MINUTES
    return timedelta(minutes=rota.pace.grade_5_minutes if urgent else rota.pace.grade_4_minutes)


def _following(rota: Rota, told: Sequence[Step], now: datetime) -> Order | None:
    """Return whose turn it is after all that were told; None = the rota names nobody."""
    line, heads = rota.line(now), rota.heads(now)
    resorts = sum(1 for one in told if one.reason is Reason.LAST_RESORT)
    if resorts >= HEAD_TIMES:
        everybody = (*line, *heads) or rota.people
        return Order(everybody[0], told[-1].cycle, Reason.REMINDER) if everybody else None
    if not resorts and line:
        cycle = told[-1].cycle if told else 1
        before = {one.person for one in told if one.cycle == cycle}
        waiting = [one for one in line if one.id not in before]
        if waiting:
            return Order(waiting[0], cycle, _why(told))
        if cycle < rota.pace.cycles:
            return Order(line[0], cycle + 1, Reason.NEW_CYCLE)
    last = heads or line or rota.people
    if not last:
        return None
    return Order(last[resorts % len(last)], rota.pace.cycles + 1, Reason.LAST_RESORT)


def _why(told: Sequence[Step]) -> Reason:
    if not told:
        return Reason.FIRST
    return Reason.NOT_REACHED if told[-1].reach is Reach.FAILED else Reason.NO_ANSWER


def _waits(rota: Rota, last: Step, due: datetime, following: Order | None, now: datetime) -> str:
    how = _HOW[last.reach]
    then = ""
    if following is not None:
        who = following.person
        whose = f"the headteacher ({who.id})" if who.duty is Duty.HEAD else who.id
        again = " again" if who.id == last.person else ""
        then = f" Without an answer by {said(rota, due, now)}: {whose}{again}."
    return f"{last.person} {how} at {said(rota, last.at, now)}.{then}"


def _in_time(case: Case, rota: Rota, told: Sequence[Step], now: datetime) -> Plan:
    """Grade 3: within a school day, and one reminder. Grade 2: the digest."""
    digest = case.grade < Grade.SAME_DAY
    if told and (digest or len(told) > 1):
        how = f"{_HOW[told[-1].reach]} {'in the daily digest' if digest else 'again'}"
        return Plan(None, None, f"{told[-1].person} {how}; it stays here and in the reports.")
    if told:
        # A school day to answer: the same time of the next one.
        local = rota.local(min(told[-1].at, now))
        due = rota.next_on_school_day(min(told[-1].at, now), (local.time(),))
    else:
        slots = DIGEST_SLOT if digest else SAME_DAY_SLOTS
        due = rota.next_on_school_day(case.opened_at, slots)
    if due is None:
        return Plan(None, now + REMIND_EVERY, "The rota has no school day ahead: mend its terms.")
    if now < due:
        what = "the digest goes out" if digest else "somebody is told"
        return Plan(None, due, f"At {said(rota, due, now)} {what}.")
    line = rota.line(now) or rota.heads(now) or rota.people
    if not line:
        return Plan(None, now + ASK_AGAIN, "Nobody can be told: the rota names nobody.")
    before = {one.person for one in told}
    person = next((one for one in line if one.id not in before), line[0])
    reason = Reason.DIGEST if digest else Reason.REMINDER if told else Reason.FIRST
    return Plan(Order(person, len(told) + 1, reason), None, f"{person.id} is being told.")


def said(rota: Rota, moment: datetime, now: datetime) -> str:
    """Return a moment as the school says it: the day only if it is another one."""
    local = rota.local(moment)
    if local.date() == rota.local(now).date():
        return f"{local:%H:%M}"
    return f"{local:%H:%M} on {local:%A} {local.day} {local:%B}"
