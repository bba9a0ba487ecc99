"""What the policy asks of a concern: police, CPOMS, who works on it. Pure, and all in one place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.store.records_concerns import (
    About,
    ConcernState,
    EntryKind,
    Logged,
    Outcome,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tutelage_collector.store.records_concerns import Concern, Entry

CPOMS_WITHIN = timedelta(hours=24)
"""From the outcome to the log: a school day; the policy (14.a) names no time."""
_GRADE_OF_POLICE = 5

MAY_BE_ILLEGAL = frozenset(
    {
        "criminal_exploitation", "deepfake_nudify", "domestic_abuse", "drugs",
        "extremism_far_right", "extremism_islamist", "extremism_mixed", "fraud_money_mule",
        "grooming", "hacking", "honour_based_abuse", "meeting_strangers", "nudes",
        "radicaliser_contact", "sextortion", "sexual_abuse", "sexual_exploitation",
        "sexual_harassment", "threats", "unsolicited_explicit", "weapons",
    }
)  # fmt: skip
"""Sub-categories in which material or conduct may be against the law (policy 7.g, 12.c)."""

FALSE_POSITIVES = frozenset(
    {
        Outcome.FALSE_POSITIVE_RULE,
        Outcome.FALSE_POSITIVE_CONTEXT,
        Outcome.FALSE_POSITIVE_CURRICULUM,
    }
)
_NOT_FOR_CPOMS = FALSE_POSITIVES | {
    Outcome.NO_ACTION_BENIGN,
    Outcome.STAFF_HR,
    Outcome.ICT_FILTER,
    Outcome.ICT_MALWARE,
    Outcome.ICT_DEVICE,
}


def asks_about_police(concern: Concern) -> bool:
    """Tell whether somebody must consider reporting to the police before it is closed.

    A false positive needs no such thought: nothing happened.
    """
    if concern.outcome in FALSE_POSITIVES:
        return False
    return concern.grade >= _GRADE_OF_POLICE or concern.subcategory in MAY_BE_ILLEGAL


def belongs_on_cpoms(concern: Concern) -> bool:
    """Tell whether its outcome is a behaviour or safeguarding issue (policy 3.c.2, 14.a)."""
    return concern.outcome is not None and concern.outcome not in _NOT_FOR_CPOMS


def cpoms_overdue(concern: Concern, now: datetime) -> bool:
    """Tell whether it should be on CPOMS by now and is not."""
    return (
        belongs_on_cpoms(concern)
        and concern.cpoms_at is None
        and concern.outcome_at is not None
        and now > concern.outcome_at + CPOMS_WITHIN
    )


def logged(concerns: Iterable[Concern], now: datetime) -> Logged:
    """Return how complete logging on CPOMS is."""
    due = [one for one in concerns if belongs_on_cpoms(one)]
    hours = sorted(
        max((one.cpoms_at - one.outcome_at).total_seconds() / 3_600, 0.0)
        for one in due
        if one.cpoms_at and one.outcome_at
    )
    return Logged(
        due=len(due),
        done=len(hours),
        overdue=tuple(one.id for one in due if cpoms_overdue(one, now)),
        median_hours=hours[len(hours) // 2] if hours else None,
    )


def next_step(concern: Concern, entries: Sequence[Entry]) -> str:
    """Return what to do next, in one sentence for a person who is tired."""
    kinds = {one.kind for one in entries}
    match concern.state:
        case ConcernState.NEW:
            return "Read it, then say that you have it: Acknowledge."
        case ConcernState.ACKNOWLEDGED:
            return "Speak to whoever knows the child, and write down what you learn."
        case ConcernState.IN_REVIEW if EntryKind.NOTE not in kinds:
            return "Write a first note: what is known, in facts, and what you did."
        case ConcernState.IN_REVIEW if asks_about_police(concern) and concern.police is None:
            return "Decide whether to report to the police, and record it, even if it is no."
        case ConcernState.IN_REVIEW:
            return "When you know what came of it, choose the outcome."
        case ConcernState.CLOSED:
            return "Nothing. It can be opened again if something new is learnt."
    if asks_about_police(concern) and concern.police is None:
        return "Record whether the police were considered; it cannot be closed before."
    if belongs_on_cpoms(concern) and concern.cpoms_at is None:
        return "Copy it into CPOMS, then record CPOMS's reference here."
    return "All is done. Close it."


def holds_material(concern: Concern) -> bool:
    """Tell whether nothing of it may be deleted: it is open, or a complaint about it is (8.f)."""
    return concern.state is not ConcernState.CLOSED or concern.complaint_since is not None


def is_unsorted(concern: Concern) -> bool:
    """Tell whether it came as a report that nobody has acknowledged."""
    return concern.source is Source.REPORT and concern.state is ConcernState.NEW


def goes_past(about: About) -> str:
    """Return why somebody does not see a concern, for the page that asks whom it is about."""
    return {
        About.PUPIL: "The safeguarding lead works on it.",
        About.STAFF: "Only the headteacher sees it.",
        About.DSL: "It goes past the safeguarding lead: only the headteacher sees it.",
        About.ICT: "It goes past the ICT manager: only the headteacher sees it.",
        About.HEAD: "It goes past the headteacher, to the trust.",
    }[about]
