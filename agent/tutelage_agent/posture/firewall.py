"""Cyber Essentials "firewalls", DfE: a firewall on the device itself.

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``profiles`` | device | ``profile:`` domain, private, public; elsewhere ``profile:host`` |
| ``enabled`` | ``profile:...`` | its rules are loaded and the service runs |
| ``inbound`` | ``profile:...`` | what happens to what no rule names: ``block`` or ``allow`` |
| ``at_boot`` | ``profile:...`` | it comes up by itself after a restart; optional |
| ``by`` | device | which program: for people; optional |

A third-party firewall that really runs counts as all three Windows profiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import observers
from tutelage_agent.posture.check import Check
from tutelage_agent.posture.model import Profile, Reason, Severity, Status, Tier, Verdict

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts

EXPECTED = "on, and what no rule allows is kept out"


def judge(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge every profile: a laptop moves between networks."""
    del context
    if gap := facts.gap("profiles", expected=EXPECTED):
        return (gap,)
    profiles = facts.names("profiles") or ()
    if not profiles:
        return (Verdict(Status.FAIL, Reason.NOT_INSTALLED, "there is none", EXPECTED),)
    return tuple(_judge_profile(facts, profile) for profile in profiles)


def _judge_profile(facts: Facts, profile: str) -> Verdict:
    if gap := facts.gap("enabled", subject=profile, expected=EXPECTED):
        return gap
    program = facts.text("by") or "firewall"
    name = profile.removeprefix("profile:")
    where = "" if name == "host" else f"{name}: "
    if not facts.truth("enabled", profile):
        return Verdict(Status.FAIL, Reason.OFF, f"{where}{program} is off", EXPECTED, profile)
    if gap := facts.gap("inbound", subject=profile, expected=EXPECTED):
        return gap
    match facts.text("inbound", profile):
        case "allow":
            actual = f"{where}{program} is on, but lets everything in"
            return Verdict(Status.FAIL, Reason.OPEN, actual, EXPECTED, profile)
        case "block":
            pass
        case other:
            return Verdict(Status.ERROR, Reason.TOOL_FAILED, f"{other}?", EXPECTED, profile)
    if facts.truth("at_boot", profile) is False:
        actual = f"{where}{program} is on, but not after the next restart"
        return Verdict(Status.FAIL, Reason.NOT_ENFORCED, actual, EXPECTED, profile)
    return Verdict(Status.PASS, Reason.COMPLIANT, f"{where}{program} is on", EXPECTED, profile)


CHECKS = (
    Check(
        id="firewall.enabled",
        title="The device's own firewall is on",
        clauses={
            Profile.CYBER_ESSENTIALS: ("CE firewalls",),
            Profile.DFE: ("DfE cyber security: firewalls on devices used off site",),
        },
        severity=Severity.HIGH,
        tier=Tier.MEDIUM,
        judge=judge,
        observers=observers.of("firewall.enabled"),
        why=(
            "At home or in a café nothing else stands between a laptop and its neighbours. A "
            "service that runs without rules, and rules that let everything in, do not pass."
        ),
    ),
)
