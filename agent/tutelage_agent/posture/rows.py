"""Judgements and observations as plain values, for ``check --json``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tutelage_wire import times

if TYPE_CHECKING:
    from tutelage_agent.posture.model import Judgement, Observation


def row(judgement: Judgement, *, evidence: bool = False) -> dict[str, object]:
    """Return a judgement as plain values for JSON.

    Args:
        judgement: what to show.
        evidence: with the observations it rests on.
    """
    found: dict[str, object] = {
        "check": judgement.check_id,
        "title": judgement.title,
        "profile": str(judgement.profile),
        "clauses": list(judgement.clauses),
        "status": str(judgement.status),
        "reason": str(judgement.reason),
        "subject": judgement.subject,
        "expected": judgement.expected,
        "actual": judgement.actual,
        "enforced": str(judgement.enforced),
        "severity": str(judgement.severity),
        "actor": str(judgement.actor),
        "advice_staff": judgement.advice_staff,
        "advice_ict": judgement.advice_ict,
        "source": judgement.source,
        "observed_at": times.text(judgement.observed_at),
        "due_at": times.text(judgement.due_at) if judgement.due_at else None,
        "reference_as_of": (
            judgement.reference_as_of.isoformat() if judgement.reference_as_of else None
        ),
        "rule_version": judgement.rule_version,
        "parts": [
            {
                "subject": part.subject,
                "status": str(part.status),
                "reason": str(part.reason),
                "actual": part.actual,
            }
            for part in judgement.parts
        ],
    }
    if evidence:
        found["evidence"] = [_observation_row(one) for one in judgement.evidence]
    return found


def _observation_row(observation: Observation) -> dict[str, object]:
    return {
        "fact": observation.fact,
        "subject": observation.subject,
        "outcome": str(observation.outcome),
        "value": _json(observation.value),
        "source": observation.source,
        "fallback": observation.rung,
        "needed": observation.needed,
        "as_of": times.text(observation.as_of) if observation.as_of else None,
        "raw": observation.raw,
    }


def _json(found: object) -> object:
    match found:
        case datetime():
            return times.text(found.astimezone(UTC))
        case date():
            return found.isoformat()
        case tuple():
            return [str(entry) for entry in found]
        case _:
            return found
