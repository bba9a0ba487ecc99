"""11.a.1: "Keeping the device password-protected - strong passwords".

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``governed_by`` | device | ``local``, ``directory``, ``domain``, ``entra``, ``sso`` |
| ``min_length`` | device | characters that a new password must have |
| ``classes`` | device | of upper, lower, number, special: how many it must have (0 to 4) |
| ``policy_active`` | device | false: written down, but nothing insists on it |
| ``deny_list`` | device | common passwords are refused; optional |
| ``people`` | device | accounts that a person can sign in with |
| ``password`` | ``account:...`` | ``set``, ``none``, ``locked``, ``not_required`` (may be blank) |
| ``auto_sign_in`` | device | where it is configured; empty: nowhere |
| ``lockout_attempts`` | device | wrong passwords until a lock; 0: never |

A local policy only governs local accounts: where a directory governs, the device cannot tell, and
says so (posture.md section 0, point 5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import (
    Enforced,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts
    from tutelage_agent.posture.reference import Thresholds


def asked(limits: Thresholds) -> str:
    """Return what a profile asks of a password, for people."""
    parts = []
    if limits.password_long_length:
        parts.append(f"{limits.password_long_length} characters")
    if limits.password_classes:
        parts.append(
            f"{limits.password_min_length} characters with upper and lower case, "
            "a number and a special character"
        )
    elif limits.password_deny_list_length:
        parts.append(f"{limits.password_deny_list_length} and common passwords refused")
    return "at least " + ", or ".join(parts)


def enough(length: int, classes: int, deny_list: bool | None, limits: Thresholds) -> bool:  # noqa: FBT001
    """Tell whether a policy asks enough: by length, by length and classes, or with a deny list."""
    if limits.password_long_length and length >= limits.password_long_length:
        return True
    if limits.password_deny_list_length and deny_list:
        return length >= limits.password_deny_list_length
    if not limits.password_classes:
        return False
    return length >= limits.password_min_length and classes >= limits.password_classes


def judge_policy(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge the rules for a new password."""
    limits = context.reference.thresholds[context.profile]
    expected = asked(limits)
    if gap := facts.gap("governed_by", expected=expected):
        return (gap,)
    if (governs := facts.text("governed_by")) != "local":
        actual = f"set by {governs}, not by this device"
        return (Verdict(Status.UNKNOWN, Reason.GOVERNED_ELSEWHERE, actual, expected),)
    if gap := facts.gap("min_length", "classes", "policy_active", expected=expected):
        return (gap,)
    length, classes = facts.integer("min_length") or 0, facts.integer("classes") or 0
    actual = f"at least {length} characters, {classes} of 4 kinds"
    if not facts.truth("policy_active"):
        return (
            Verdict(
                Status.FAIL, Reason.NOT_ENFORCED, f"{actual}, but nothing insists on it", expected,
                enforced=Enforced.NO,
            ),
        )  # fmt: skip
    if enough(length, classes, facts.truth("deny_list"), limits):
        return (Verdict(Status.PASS, Reason.COMPLIANT, actual, expected, enforced=Enforced.YES),)
    return (Verdict(Status.FAIL, Reason.WEAK, actual, expected, enforced=Enforced.YES),)


def judge_present(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge each person's account: does it ask for a password?"""
    del context
    expected = "every account asks for a password"
    if gap := facts.gap("people", expected=expected):
        return (gap,)
    people = facts.names("people") or ()
    if not people:
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, "no local account", expected),)
    verdicts = []
    for account in people:
        if gap := facts.gap("password", subject=account, expected=expected):
            verdicts.append(gap)
            continue
        match facts.text("password", account):
            case "set":
                status, reason, actual = Status.PASS, Reason.COMPLIANT, "has a password"
            case "locked":
                status, reason, actual = Status.PASS, Reason.COMPLIANT, "no password gets in"
            case "none":
                status, reason, actual = Status.FAIL, Reason.NO_PASSWORD, "has no password"
            case "not_required":
                status, reason = Status.UNKNOWN, Reason.NOT_ASSESSABLE
                actual = "may have a blank password"
            case other:
                status, reason, actual = Status.ERROR, Reason.TOOL_FAILED, f"{other}?"
        verdicts.append(Verdict(status, reason, actual, expected, account))
    return tuple(verdicts)


def judge_auto_sign_in(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether the device signs somebody in by itself."""
    del context
    expected = "nobody is signed in without a password"
    if gap := facts.gap("auto_sign_in", expected=expected):
        return (gap,)
    if where := facts.text("auto_sign_in"):
        actual = f"signs in by itself ({where})"
        return (Verdict(Status.FAIL, Reason.SIGNS_IN_BY_ITSELF, actual, expected),)
    return (Verdict(Status.PASS, Reason.COMPLIANT, "not configured", expected),)


def judge_lockout(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge after how many wrong passwords an account is locked."""
    most = context.reference.thresholds[context.profile].lockout_max_attempts
    expected = f"locked or slowed after at most {most} wrong passwords"
    if gap := facts.gap("lockout_attempts", expected=expected):
        return (gap,)
    attempts = facts.integer("lockout_attempts") or 0
    if attempts == 0:
        return (Verdict(Status.FAIL, Reason.NO_LOCKOUT, "never locked", expected),)
    actual = f"locked after {attempts}"
    if attempts > most:
        return (Verdict(Status.FAIL, Reason.WEAK, actual, expected),)
    return (Verdict(Status.PASS, Reason.COMPLIANT, actual, expected, enforced=Enforced.YES),)


_ALL: Mapping[Profile, tuple[str, ...]] = {
    Profile.SCHOOL_S11: ("OSP 11.a.1",),
    Profile.CYBER_ESSENTIALS: ("CE user access control",),
    Profile.DFE: ("DfE cyber security: accounts and passwords",),
}
_NOT_THE_POLICY: Mapping[Profile, tuple[str, ...]] = {
    p: c for p, c in _ALL.items() if p is not Profile.SCHOOL_S11
}

CHECKS = (
    Check(
        id="password.policy",
        title="New passwords must be strong",
        clauses=_ALL,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge_policy,
        observers=observers.of("password.policy"),
        why=(
            "The policy asks for 8 characters of four kinds; Cyber Essentials asks for length and "
            "advises against forced kinds. Each profile is judged by its own words, so that "
            "neither hides the other."
        ),
    ),
    Check(
        id="password.present",
        title="Every account asks for a password",
        clauses=_ALL,
        severity=Severity.CRITICAL,
        tier=Tier.CHEAP,
        judge=judge_present,
        observers=observers.of("password.present"),
        why="An account without a password lets whoever holds the device in.",
    ),
    Check(
        id="password.auto_sign_in",
        title="The device does not sign anybody in by itself",
        clauses=_ALL,
        severity=Severity.CRITICAL,
        tier=Tier.CHEAP,
        judge=judge_auto_sign_in,
        observers=observers.of("password.auto_sign_in"),
        why="With automatic sign-in, the strongest password protects nothing.",
    ),
    Check(
        id="password.lockout",
        title="Guessing a password is stopped",
        clauses=_NOT_THE_POLICY,
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge_lockout,
        observers=observers.of("password.lockout"),
        why="Ten guesses are enough for a person who mistypes, and too few for one who guesses.",
    ),
)
