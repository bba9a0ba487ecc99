"""Cyber Essentials and DfE: nobody works all day as an administrator.

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``daily_accounts`` | device | accounts that people work with: signed in now, or lately |
| ``administrator`` | ``account:...`` | it may change the whole machine (also through sudo) |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import Profile, Reason, Severity, Status, Tier, Verdict

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts

EXPECTED = "people work with ordinary accounts"


def judge(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge each account that people work with, ICT's own left out."""
    if gap := facts.gap("daily_accounts", expected=EXPECTED):
        return (gap,)
    accounts = [
        account
        for account in facts.names("daily_accounts") or ()
        if account not in context.ict_accounts
    ]
    if not accounts:
        actual = "nobody works here"
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, actual, EXPECTED),)
    verdicts = []
    for account in accounts:
        gap = facts.gap("administrator", subject=account, expected=EXPECTED)
        if gap is not None:
            verdicts.append(gap)
        elif facts.truth("administrator", account):
            actual = "works as an administrator"
            verdicts.append(Verdict(Status.FAIL, Reason.ADMINISTRATOR, actual, EXPECTED, account))
        else:
            verdicts.append(
                Verdict(Status.PASS, Reason.COMPLIANT, "an ordinary account", EXPECTED, account)
            )
    return tuple(verdicts)


CHECKS = (
    Check(
        id="account.administrator",
        title="Nobody works as an administrator",
        clauses={
            Profile.CYBER_ESSENTIALS: ("CE user access control: separate administrators",),
            Profile.DFE: ("DfE cyber security: administrator accounts not for daily use",),
        },
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge,
        observers=observers.of("account.administrator"),
        why="What an administrator opens, opens with the power to change everything.",
    ),
)
