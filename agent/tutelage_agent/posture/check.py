"""A check: what it answers to, how it looks, and how it judges; and the guard over every pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tutelage_agent.posture import advice
from tutelage_agent.posture.facts import REASONS, Facts, missed, plain
from tutelage_agent.posture.model import (
    DEVICE,
    DeviceClass,
    Enforced,
    Judgement,
    Observation,
    Outcome,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tutelage_agent.host import Host, System
    from tutelage_agent.posture.reference import Reference


@dataclass(frozen=True, slots=True)
class Context:
    """All that a judge may know beside the observations."""

    profile: Profile
    device_class: DeviceClass
    reference: Reference
    now: datetime
    ict_accounts: frozenset[str] = frozenset()
    """Pseudonyms of ICT and break-glass accounts, which do not count as sharing."""
    aup_version: str = ""
    """The acceptable use policy in force; empty: any version that was accepted counts."""


_WORST = (
    Status.FAIL,
    Status.ERROR,
    Status.UNKNOWN,
    Status.PASS,
    Status.NOT_APPLICABLE,
)
"""Order in which one subject decides for all of them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule about a device.

    Attributes:
        id: ``family.name``; never reused for another meaning.
        title: what is true when it passes, for a report.
        clauses: what it answers to in each profile; a profile that is not here is not judged.
        severity: how much a failure matters.
        tier: what looking costs.
        judge: pure: facts and context to one verdict per subject.
        observers: per system; a system that is not here answers UNSUPPORTED.
        rule_version: goes up when the same observations would be judged otherwise.
        why: two sentences for ``--explain``.
    """

    id: str
    title: str
    clauses: Mapping[Profile, tuple[str, ...]]
    severity: Severity
    tier: Tier
    judge: Callable[[Facts, Context], tuple[Verdict, ...]]
    observers: Mapping[System, Callable[[Host], tuple[Observation, ...]]]
    why: str
    rule_version: int = 1

    def observe(self, host: Host) -> tuple[Observation, ...]:
        """Look at the machine, without an opinion."""
        observer = self.observers.get(host.system)
        if observer is None:
            detail = f"this check does not know {host.system} yet"
            return (missed(host, "system", Outcome.UNSUPPORTED, "none", raw=detail),)
        return observer(host)

    def judgement(self, observations: Sequence[Observation], context: Context) -> Judgement:
        """Judge the observations for one profile: pure.

        The guard: whatever the judge said, a subject passes only if each needed observation of
        it and of the device has a value.
        """
        said = self.judge(Facts(observations), context) or (_not_observed(observations),)
        verdicts = tuple(guarded(verdict, observations) for verdict in said)
        return self.complete(verdicts, observations, context)

    def complete(
        self, verdicts: tuple[Verdict, ...], observations: Sequence[Observation], context: Context
    ) -> Judgement:
        """Return the judgement that the worst of ``verdicts`` gives, with its advice."""
        worst = aggregate(verdicts)
        advised = advice.find(self.id, worst.reason)
        acts = worst.status in {Status.FAIL, Status.ERROR, Status.UNKNOWN}
        moments = [observation.observed_at for observation in observations]
        return Judgement(
            check_id=self.id,
            title=self.title,
            profile=context.profile,
            status=worst.status,
            reason=worst.reason,
            subject=worst.subject,
            enforced=worst.enforced,
            severity=self.severity,
            expected=worst.expected,
            actual=_actual(worst, verdicts),
            clauses=self.clauses[context.profile],
            actor=advised.actor if acts else advice.NOBODY.actor,
            source=worst.source or _sources(worst, observations),
            observed_at=min(moments, default=context.now),
            rule_version=self.rule_version,
            advice_staff=advised.staff if acts or worst.reason is not Reason.COMPLIANT else "",
            advice_ict=advised.ict if acts or worst.reason is not Reason.COMPLIANT else "",
            due_at=worst.due_at,
            reference_as_of=worst.reference_as_of,
            parts=verdicts,
            evidence=tuple(observations),
        )

    def failed(self, error: Exception, context: Context) -> Judgement:
        """Return the judgement of a check that raised: our fault, and said to be so."""
        verdict = Verdict(
            Status.ERROR, Reason.TOOL_FAILED, f"the check itself failed: {type(error).__name__}"
        )
        return self.complete((verdict,), (), context)


def guarded(verdict: Verdict, observations: Sequence[Observation]) -> Verdict:
    """Return ``verdict``, or UNKNOWN/ERROR if it passes over a needed observation without value."""
    if verdict.status is not Status.PASS:
        return verdict
    for observation in observations:
        concerned = observation.subject in {verdict.subject, DEVICE}
        if concerned and observation.needed and observation.outcome is not Outcome.VALUE:
            status, reason = REASONS[observation.outcome]
            actual = f"{plain(observation.fact)} not seen ({observation.source})"
            return replace(verdict, status=status, reason=reason, actual=actual)
    return verdict


def aggregate(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict that decides for all subjects.

    Any FAIL decides; else any ERROR or UNKNOWN; else PASS; not applicable only if all are.
    """
    worst = min(verdicts, key=lambda verdict: _WORST.index(verdict.status))
    enforced = {verdict.enforced for verdict in verdicts}
    if Enforced.NO in enforced:
        return replace(worst, enforced=Enforced.NO)
    return worst


def _not_observed(observations: Sequence[Observation]) -> Verdict:
    """Return the verdict of a judge that met no subject at all."""
    for observation in observations:
        if observation.outcome is not Outcome.VALUE:
            status, reason = REASONS[observation.outcome]
            return Verdict(status, reason, observation.raw)
    return Verdict(Status.UNKNOWN, Reason.NOT_OBSERVED, "nothing was observed")


def _actual(worst: Verdict, verdicts: Sequence[Verdict]) -> str:
    others = sum(verdict.status is worst.status for verdict in verdicts) - 1
    more = f" (and {others} more)" if others and worst.status is Status.FAIL else ""
    return worst.actual + more


def _sources(worst: Verdict, observations: Sequence[Observation]) -> str:
    named = (o.source for o in observations if o.subject in {worst.subject, DEVICE})
    return ", ".join(dict.fromkeys(named))[:200]
