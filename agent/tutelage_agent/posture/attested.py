"""What no program can see, and a person has to say: 9.a, 11.a.4, 11.a.6, 11.a.8, 11.a.9, 11.a.10.

Facts (the same on every system, from ``attestations.json`` in the agent's state folder, which
``tutelage-agent attest`` writes):

| fact | subject | value |
|-|-|-|
| ``attested_at`` | ``statement:<id>`` | when it was last said of this device; EPOCH: never |
| ``attested_version`` | ``statement:aup`` | which version of the acceptable use policy; optional |

An attestation is a person's word, and is shown as that: PASS(attested), with its date, and it
expires. Nothing that a program can see is ever replaced by one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, System
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.facts import missed, saw
from tutelage_agent.posture.model import (
    Enforced,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)
from tutelage_wire.times import EPOCH, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts
    from tutelage_agent.posture.model import Observation

FILE = "attestations.json"
WARN = timedelta(days=14)
"""This long before it ends, an attestation says so."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a member of staff says of their device."""

    id: str
    clause: str
    title: str
    words: str
    """What they say, in the first person."""
    versioned: bool = False


STATEMENTS = (
    Statement(
        "aup", "OSP 9.a, 11.a.8", "The acceptable use policy has been accepted",
        "I have read the school's terms on acceptable use and keep to them.", versioned=True,
    ),
    Statement(
        "not_shared", "OSP 11.a.4", "The device is not lent to family or friends",
        "I do not share this device with family or friends.",
    ),
    Statement(
        "not_left", "OSP 11.a.6", "The device is not left where it can be taken",
        "I do not leave this device unattended in public or visible in a locked vehicle.",
    ),
    Statement(
        "work_only", "OSP 11.a.9", "The device is used for work only",
        "I use this work device for work only.",
    ),
    Statement(
        "asks_school", "OSP 11.a.10", "Its user knows whom to ask",
        "I know whom at school to ask if I have a concern about the security of this device.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attestation:
    """One statement that was made."""

    at: datetime
    version: str = ""


def parse(content: bytes) -> dict[str, Attestation] | None:
    """Return statement id -> attestation; None for a file that is not one of ours."""
    try:
        rows = json.loads(content)["attestations"]
        return {
            str(row["statement"]): Attestation(
                datetime.fromisoformat(str(row["at"])).astimezone(UTC), str(row.get("version", ""))
            )
            for row in rows
        }
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def dump(made: Mapping[str, Attestation]) -> bytes:
    """Return the file's bytes for these attestations."""
    rows = [
        {"statement": name, "at": text(one.at), "version": one.version}
        for name, one in made.items()
    ]
    return json.dumps({"schema": 1, "attestations": rows}, indent=2).encode()


def path(host: Host) -> str:
    """Return where attestations lie on ``host``."""
    separator = "\\" if host.system is System.WINDOWS else "/"
    return f"{host.state}{separator}{FILE}"


def observe(host: Host) -> tuple[Observation, ...]:
    """Look up every statement."""
    reading = host.read(path(host))
    if reading.outcome is Outcome.ABSENT:
        found: dict[str, Attestation] | None = {}
    elif not reading.seen:
        return tuple(
            missed(host, "attested_at", reading.outcome, "attestations",
                   subject=f"statement:{statement.id}", raw=reading.detail)
            for statement in STATEMENTS
        )  # fmt: skip
    else:
        found = parse(reading.value)
    observations: list[Observation] = []
    for statement in STATEMENTS:
        subject = f"statement:{statement.id}"
        if found is None:
            observations.append(
                missed(host, "attested_at", Outcome.ERROR, "attestations", subject=subject)
            )
            continue
        made = found.get(statement.id, Attestation(EPOCH))
        observations += (
            saw(host, "attested_at", made.at, "attestations", subject=subject),
            saw(host, "attested_version", made.version, "attestations", subject=subject,
                needed=False),
        )  # fmt: skip
    return tuple(observations)


def judge(statement: Statement, facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether a statement was made, of which version, and whether it still holds."""
    days = context.reference.thresholds[context.profile].attestation_days
    expected = f"said within {days} days"
    subject = f"statement:{statement.id}"
    if gap := facts.gap("attested_at", subject=subject, expected=expected):
        return (gap,)
    at = facts.moment("attested_at", subject) or EPOCH
    if at == EPOCH:
        # Nobody was asked, or nobody answered: no evidence of anything bad.
        reason = Reason.NOT_ACCEPTED if statement.versioned else Reason.NOT_ATTESTED
        return (Verdict(Status.UNKNOWN, reason, "not said yet", expected, subject),)
    due = at + timedelta(days=days)
    said = f"said on {at:%d %B %Y}"
    version = facts.text("attested_version", subject) or ""
    if statement.versioned and version:
        said += f", version {version}"
    if statement.versioned and context.aup_version and version != context.aup_version:
        expected = f"version {context.aup_version}, {expected}"
        return (Verdict(Status.FAIL, Reason.OLD_VERSION_ACCEPTED, said, expected, subject),)
    if context.now > due:
        return (
            Verdict(Status.FAIL, Reason.ATTESTATION_EXPIRED, said, expected, subject, due_at=due),
        )
    soon = due if due - context.now <= WARN else None
    return (
        Verdict(Status.PASS, Reason.ATTESTED, said, expected, subject, Enforced.NO, due_at=soon),
    )


def _check(statement: Statement) -> Check:
    return Check(
        id=f"said.{statement.id}",
        title=statement.title,
        clauses={Profile.SCHOOL_S11: (statement.clause,)},
        severity=Severity.LOW,
        tier=Tier.CHEAP,
        judge=lambda facts, context: judge(statement, facts, context),
        observers=dict.fromkeys(System, observe),
        why=(
            f'No program can see this: "{statement.words}" A person says it once a year, and '
            "reports show it as a person's word."
        ),
    )


CHECKS = tuple(_check(statement) for statement in STATEMENTS)
