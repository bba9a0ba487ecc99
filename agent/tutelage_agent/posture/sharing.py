"""11.a.4: "Not sharing the device among family or friends".

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``sign_ins`` | device | accounts of which a sign-in at the keyboard is recorded, or who are in |
| ``last_sign_in`` | ``account:...`` | moment of the last one |
| ``records_since`` | device | since when sign-ins are recorded; optional |
| ``generic_accounts`` | device | accounts that can sign in and are nobody's: named by a role |
| ``guest_enabled`` | device | the system's guest account lets people in |

What a family does with a laptop cannot be seen; how many people signed in to it can. The device
class decides what that means: a classroom computer is shared by design, but not by one account.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import (
    DeviceClass,
    Profile,
    Reason,
    Severity,
    Status,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts


def judge_people(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge how many people signed in lately, ICT's own accounts left out."""
    days = context.reference.thresholds[context.profile].sign_in_window_days
    expected = f"one person in {days} days"
    if context.device_class is DeviceClass.SHARED:
        actual = "this device is meant for several people"
        return (Verdict(Status.NOT_APPLICABLE, Reason.SHARED_DEVICE, actual, expected),)
    if gap := facts.gap("sign_ins", expected=expected):
        return (gap,)
    since = context.now - timedelta(days=days)
    recent = []
    for account in facts.names("sign_ins") or ():
        if account in context.ict_accounts:
            continue
        if gap := facts.gap("last_sign_in", subject=account, expected=expected):
            return (gap,)
        at = facts.moment("last_sign_in", account)
        if at is not None and at >= since:
            recent.append(account)
    begins = facts.moment("records_since")
    reach = f" (records begin {begins:%d %B %Y})" if begins and begins > since else ""
    if not recent:
        actual = f"nobody has signed in{reach}"
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, actual, expected),)
    if len(recent) > 1:
        actual = f"{len(recent)} people signed in within {days} days"
        return (Verdict(Status.FAIL, Reason.SEVERAL_PEOPLE, actual, expected),)
    return (Verdict(Status.PASS, Reason.COMPLIANT, f"one person{reach}", expected),)


def judge_generic(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether there is an account that belongs to nobody; also on shared devices."""
    del context
    expected = "every account is one person's, and the guest account is off"
    if gap := facts.gap("generic_accounts", "guest_enabled", expected=expected):
        return (gap,)
    if facts.truth("guest_enabled"):
        actual = "the guest account lets anybody in"
        return (Verdict(Status.FAIL, Reason.GUEST_ACCOUNT, actual, expected),)
    if generic := facts.names("generic_accounts"):
        actual = f"{len(generic)} named after a role or a room"
        return (Verdict(Status.FAIL, Reason.GENERIC_ACCOUNT, actual, expected),)
    return (Verdict(Status.PASS, Reason.COMPLIANT, "none", expected),)


_CLAUSES = {
    Profile.SCHOOL_S11: ("OSP 11.a.4",),
    Profile.CYBER_ESSENTIALS: ("CE user access control: unique accounts",),
    Profile.DFE: ("DfE cyber security: individual accounts",),
}

CHECKS = (
    Check(
        id="sharing.people",
        title="One person uses the device",
        clauses=_CLAUSES,
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge_people,
        observers=observers.of("sharing.people"),
        why=(
            "Two people who sign in to one assigned laptop share it, whatever was agreed. People "
            "are counted by keyed hashes that mean nothing outside this device."
        ),
    ),
    Check(
        id="sharing.generic",
        title="No account is shared",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge_generic,
        observers=observers.of("sharing.generic"),
        why="Behind an account called after a room, nobody can be asked what was done.",
    ),
)
