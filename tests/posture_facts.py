"""Observations and judgements for tests, without a machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tutelage_agent.posture import CHECKS, Context, DeviceClass, Observation, Profile
from tutelage_agent.posture.model import DEVICE, Outcome
from tutelage_agent.posture.reference import shipped

if TYPE_CHECKING:
    from tutelage_agent.posture import Check, Judgement
    from tutelage_agent.posture.model import Value

NOW = datetime(2026, 9, 15, 9, 0, tzinfo=UTC)
"""A school morning while the shipped reference data is young."""


def saw(fact: str, value: Value, subject: str = DEVICE, *, needed: bool = True) -> Observation:
    return Observation(fact, Outcome.VALUE, "test", NOW, subject, value, needed=needed)


def missed(
    fact: str, outcome: Outcome, subject: str = DEVICE, *, needed: bool = True
) -> Observation:
    return Observation(fact, outcome, "test", NOW, subject, needed=needed)


def check(check_id: str) -> Check:
    return next(check for check in CHECKS if check.id == check_id)


def judged(
    check_id: str,
    *observations: Observation,
    profile: Profile | None = None,
    device_class: DeviceClass = DeviceClass.ASSIGNED,
    now: datetime = NOW,
    **more: object,
) -> Judgement:
    """Judge by ``profile``, or by the first that the check answers to."""
    chosen = check(check_id)
    context = Context(
        profile=profile or next(iter(chosen.clauses)),
        device_class=device_class,
        reference=shipped(),
        now=now,
        **more,  # type: ignore[arg-type]
    )
    return chosen.judgement(observations, context)


def said(check_id: str, *observations: Observation, **more: object) -> str:
    """Return ``status reason`` of a judgement."""
    judgement = judged(check_id, *observations, **more)  # type: ignore[arg-type]
    return f"{judgement.status} {judgement.reason}"
