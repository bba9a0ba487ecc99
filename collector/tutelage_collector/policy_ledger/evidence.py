"""What the store can show for a clause, in one sentence each. Pure: figures in, words out.

Evidence is a count with its date or its coverage; what could point at a child is rounded, as
governors read it. Where there is none, it is said, never passed
over: "nothing recorded" is not "nothing happened".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.figures.rounded import rounded
from tutelage_collector.policy_ledger.model import Source
from tutelage_collector.registers.due import Standing
from tutelage_wire.events import RiskArea

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_collector.figures import Figures
    from tutelage_collector.policy_ledger.model import Clause


class Weight(StrEnum):
    """Whether evidence carries."""

    SHOWN = "shown"
    PARTLY = "partly"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one source shows."""

    source: Source
    weight: Weight
    text: str


def evidence_for(clause: Clause, figures: Figures) -> list[Evidence]:
    """Return what each source of a clause shows; empty = it names none."""
    found: list[Evidence] = []
    for source, judged in clause.sources:
        if source is Source.POSTURE:
            weight, text = _posture(figures, judged)
        elif source in _AREAS:
            weight, text = _alerts(figures, _AREAS[source])
        else:
            weight, text = _WAYS[source](figures)
        found.append(Evidence(source, weight, text))
    return found


def _many(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def _coverage(figures: Figures) -> tuple[Weight, str]:
    seen = figures.coverage
    if not seen.enrolled:
        return Weight.NONE, "no device is enrolled"
    each = ", ".join(f"{one.profile} {one.heard} of {one.enrolled}" for one in seen.profiles)
    weight = Weight.SHOWN if seen.heard == seen.enrolled else Weight.PARTLY
    return weight, (
        f"{seen.heard} of {_many(seen.enrolled, 'enrolled device')} heard from in three days "
        f"({each})"
    )


def _blind_spots(figures: Figures) -> tuple[Weight, str]:
    spots = figures.coverage.blind_spots
    if not figures.coverage.heard:
        return Weight.NONE, "no device has said lately what it cannot see"
    if not spots:
        return Weight.SHOWN, "no device states a blind spot"
    return Weight.PARTLY, (
        f"{_many(len(spots), 'kind')} of blind spot stated; the widest on "
        f"{_many(spots[0][1], 'device')}"
    )


def _self_tests(figures: Figures) -> tuple[Weight, str]:
    tests = sum(one.tests for one in figures.self_tests)
    if not tests:
        return Weight.NONE, "no self-test arrived in these days: that monitoring works is not shown"
    channels = len({one.channel for one in figures.self_tests})
    slowest = max(one.slowest_ms for one in figures.self_tests) / 1000
    return Weight.SHOWN, (
        f"{_many(tests, 'self-test')} arrived over {_many(channels, 'channel')}, the slowest after "
        f"{slowest:.0f} s"
    )


def _alerts(figures: Figures, area: RiskArea | None = None) -> tuple[Weight, str]:
    number = sum(one.alerts for one in figures.alerts if area is None or one.area == area.value)
    what = "alert" if area is None else f"alert on {area.value}"
    if not number:
        weight, said = _coverage(figures)
        return (Weight.NONE if weight is Weight.NONE else Weight.PARTLY), f"no {what}; {said}"
    return Weight.SHOWN, f"{rounded(number)} {what.replace('alert', 'alerts')} in these days"


def _packs(figures: Figures) -> tuple[Weight, str]:
    packs = figures.coverage.packs
    if not packs:
        return Weight.NONE, "no device has said which rules it has in force"
    names = ", ".join(f"{name.partition('#')[0]} on {number}" for name, number in packs[:3])
    return Weight.SHOWN, f"rules in force: {names}"


def _posture(figures: Figures, judged: str) -> tuple[Weight, str]:
    for row in figures.clauses:
        if row.clause.id == judged:
            break
    else:
        return Weight.NONE, "not judged"
    if not row.assessed:
        return Weight.NONE, f"not known of any of {_many(row.unknown, 'device')}"
    weight = Weight.SHOWN if not row.failed and not row.unknown else Weight.PARTLY
    return weight, (
        f"{row.passed} of {row.assessed} assessed pass, {row.failed} fail, "
        f"{row.unknown} unknown, {row.exempt} exempt"
    )


def _security_checks(figures: Figures) -> tuple[Weight, str]:
    if figures.newest_check is None:
        return Weight.NONE, "no device has judged itself yet"
    return Weight.SHOWN, (
        f"{_many(figures.checks_seen, 'judgement')} in force, the newest of "
        f"{figures.newest_check.date().isoformat()}"
    )


def _integrity(figures: Figures) -> tuple[Weight, str]:
    number = sum(one.events for one in figures.integrity)
    kinds = len({one.kind for one in figures.integrity})
    if not number:
        return Weight.SHOWN, "nothing unusual about the monitoring itself was noted"
    return (
        Weight.SHOWN,
        f"{_many(number, 'event')} of {_many(kinds, 'kind')} about the monitoring itself noted",
    )


def _usage(figures: Figures) -> tuple[Weight, str]:
    number = sum(one.events for one in figures.activity if one.kind == "usage")
    if not number:
        return Weight.NONE, "no counts by kind of site: the signed policy does not ask for them"
    return Weight.SHOWN, f"{_many(number, 'daily count')} by kind of site"


def _aup(figures: Figures) -> tuple[Weight, str]:
    if not figures.kept.agreed:
        return Weight.NONE, "nobody is on the register of agreements"
    expected = sum(one.expected for one in figures.kept.agreed)
    current = sum(one.current for one in figures.kept.agreed)
    weight = Weight.SHOWN if current == expected else Weight.PARTLY
    return weight, f"{current} of {expected} expected have signed the version in force"


def _training(figures: Figures) -> tuple[Weight, str]:
    if not figures.kept.trained:
        return Weight.NONE, "nobody is on the training register"
    expected = sum(one.expected for one in figures.kept.trained)
    current = sum(one.current for one in figures.kept.trained)
    weight = Weight.SHOWN if current == expected else Weight.PARTLY
    return weight, f"{current} of {expected} courses are up to date"


def _reviews(figures: Figures) -> tuple[Weight, str]:
    late = sum(one.standing is Standing.OVERDUE for one in figures.kept.reviews)
    never = sum(one.standing is Standing.NEVER for one in figures.kept.reviews)
    if never == len(figures.kept.reviews):
        return Weight.NONE, "no review of the calendar has been recorded"
    made = [one.done_on for one in figures.kept.reviews if one.done_on]
    weight = Weight.PARTLY if late or never else Weight.SHOWN
    return weight, (
        f"{len(made)} of {_many(len(figures.kept.reviews), 'review')} recorded, the newest of "
        f"{max(made).isoformat()}; {late} overdue, {never} never made"
    )


def _roles(figures: Figures) -> tuple[Weight, str]:
    lacking = [one for one in figures.kept.posts if one.lacking]
    named = len(figures.kept.posts) - len(lacking)
    if not any(one.holder for one in figures.kept.posts):
        return Weight.NONE, "nobody is named for any post"
    weight = Weight.PARTLY if lacking else Weight.SHOWN
    return (
        weight,
        f"{named} of {_many(len(figures.kept.posts), 'post')} named, with cover where needed",
    )


def _reports(figures: Figures) -> tuple[Weight, str]:
    if not figures.schedules and not figures.sent:
        return Weight.PARTLY, "reports can be made at any time; none is on a schedule"
    newest = max((one.sent_at for one in figures.sent if one.sent_at), default=None)
    said = f"; the newest went out on {newest.date().isoformat()}" if newest else "; none went yet"
    return (
        Weight.SHOWN if newest else Weight.PARTLY,
        f"{_many(len(figures.schedules), 'report')} on a schedule{said}",
    )


def _evidence_exports(figures: Figures) -> tuple[Weight, str]:
    number = figures.evidence_exports
    return Weight.SHOWN, f"{_many(number, 'export')} with proofs on record in these days"


def _response(figures: Figures) -> tuple[Weight, str]:
    urgent = [one for one in figures.casework.responses if one.grade >= _URGENT]
    if not urgent:
        return Weight.PARTLY, "no alert of grade 4 or 5 in these days"
    late = sum(one.late for one in urgent)
    number = rounded(sum(one.episodes for one in urgent))
    if not late:
        return Weight.SHOWN, f"{number} of grade 4 and 5, all acknowledged in time"
    return Weight.PARTLY, f"{number} of grade 4 and 5, {rounded(late)} of them late"


def _concerns(figures: Figures) -> tuple[Weight, str]:
    work = figures.casework
    if not work.opened and not work.open_now:
        return Weight.PARTLY, "no concern in these days"
    return Weight.SHOWN, (
        f"concerns made: {rounded(work.opened)}; closed: {rounded(work.closed)}; "
        f"open: {rounded(work.open_now)}"
    )


def _outcomes(figures: Figures) -> tuple[Weight, str]:
    work = figures.casework
    if not work.closed:
        return Weight.PARTLY, "no concern was closed in these days"
    return Weight.SHOWN, f"concerns closed with an outcome: {rounded(work.closed)}"


def _cpoms(figures: Figures) -> tuple[Weight, str]:
    work = figures.casework
    if not work.to_log:
        return Weight.PARTLY, "no concern of these days belongs on CPOMS"
    if work.logged < work.to_log:
        missing = rounded(work.to_log - work.logged)
        return Weight.PARTLY, f"without a CPOMS reference: {missing} of {rounded(work.to_log)}"
    return Weight.SHOWN, (
        f"all have a CPOMS reference ({rounded(work.to_log)}), after a median of "
        f"{work.log_median_hours} hours"
    )


def _police(figures: Figures) -> tuple[Weight, str]:
    work = figures.casework
    if not work.police_asked:
        return Weight.PARTLY, "no concern of these days asked for it"
    if work.police_answered < work.police_asked:
        missing = rounded(work.police_asked - work.police_answered)
        return Weight.PARTLY, f"not yet written down: {missing} of {rounded(work.police_asked)}"
    return Weight.SHOWN, f"considered and written down in all ({rounded(work.police_asked)})"


def _decisions(figures: Figures) -> tuple[Weight, str]:
    work = figures.casework
    if not work.decisions and not work.decisions_waiting:
        return Weight.PARTLY, "no decision was asked for in these days"
    return Weight.SHOWN, (
        f"decisions by two people: {rounded(work.decisions)}; waiting for the second: "
        f"{rounded(work.decisions_waiting)}"
    )


def _intake(figures: Figures) -> tuple[Weight, str]:
    number = figures.casework.reported_by_people
    if not number:
        return Weight.PARTLY, "no concern was reported by people in these days"
    return Weight.SHOWN, f"concerns reported by people: {rounded(number)}"


_URGENT = 4
_AREAS = {
    Source.ALERTS_CONTENT: RiskArea.CONTENT,
    Source.ALERTS_CONTACT: RiskArea.CONTACT,
    Source.ALERTS_CONDUCT: RiskArea.CONDUCT,
    Source.ALERTS_COMMERCE: RiskArea.COMMERCE,
    Source.ALERTS_CIRCUMVENTION: RiskArea.CIRCUMVENTION,
    Source.ALERTS_DISCLOSURE: RiskArea.DISCLOSURE,
}
_WAYS: dict[Source, Callable[[Figures], tuple[Weight, str]]] = {
    Source.COVERAGE: _coverage,
    Source.BLIND_SPOTS: _blind_spots,
    Source.SELF_TESTS: _self_tests,
    Source.ALERTS: _alerts,
    Source.PACKS: _packs,
    Source.SECURITY_CHECKS: _security_checks,
    Source.INTEGRITY: _integrity,
    Source.USAGE: _usage,
    Source.AUP: _aup,
    Source.TRAINING: _training,
    Source.REVIEWS: _reviews,
    Source.ROLES: _roles,
    Source.REPORTS: _reports,
    Source.EVIDENCE_EXPORTS: _evidence_exports,
    Source.RESPONSE: _response,
    Source.CONCERNS: _concerns,
    Source.OUTCOMES: _outcomes,
    Source.CPOMS: _cpoms,
    Source.POLICE: _police,
    Source.DECISIONS: _decisions,
    Source.INTAKE: _intake,
}
