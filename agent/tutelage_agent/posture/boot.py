"""What starts the device: Secure Boot and the TPM. Beside the policy; ICT asks for it.

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``firmware`` | device | a ``Firmware`` |
| ``secure_boot`` | device | true: only signed systems start (Apple silicon: full security) |
| ``tpm`` | device | ``2.0``, ``1.2``, ``none``; ``built_in`` for Apple's own |
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
from tutelage_agent.posture.words import Firmware

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts


def judge_secure_boot(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether only signed systems start."""
    del context
    expected = "only a signed system starts"
    if gap := facts.gap("firmware", expected=expected):
        return (gap,)
    if facts.text("firmware") in {Firmware.BIOS, Firmware.OTHER}:
        actual = "this firmware has no Secure Boot"
        return (Verdict(Status.NOT_APPLICABLE, Reason.LEGACY_FIRMWARE, actual, expected),)
    if gap := facts.gap("secure_boot", expected=expected):
        return (gap,)
    if facts.truth("secure_boot"):
        return (Verdict(Status.PASS, Reason.COMPLIANT, "on", expected, enforced=Enforced.YES),)
    return (Verdict(Status.FAIL, Reason.OFF, "off", expected),)


def judge_tpm(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether keys can be kept in hardware."""
    del context
    expected = "a TPM 2.0, or the like"
    if gap := facts.gap("tpm", expected=expected):
        return (gap,)
    match facts.text("tpm"):
        case "2.0" | "built_in":
            return (Verdict(Status.PASS, Reason.COMPLIANT, "there is one", expected),)
        case "1.2":
            return (Verdict(Status.FAIL, Reason.WEAK, "only a TPM 1.2", expected),)
        case "none":
            actual = "none is fitted, or the firmware hides it"
            return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, actual, expected),)
        case other:
            return (Verdict(Status.ERROR, Reason.TOOL_FAILED, f"{other}?", expected),)


_CLAUSES = {Profile.DFE: ("ICT baseline beside the DfE standards",)}

CHECKS = (
    Check(
        id="boot.secure",
        title="Only a signed system starts",
        clauses=_CLAUSES,
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge_secure_boot,
        observers=observers.of("boot.secure"),
        why="What starts before the operating system can read everything that comes after.",
    ),
    Check(
        id="boot.tpm",
        title="Keys can be kept in hardware",
        clauses=_CLAUSES,
        severity=Severity.LOW,
        tier=Tier.CHEAP,
        judge=judge_tpm,
        observers=observers.of("boot.tpm"),
        why="Disk keys in a TPM cannot be copied with the disk.",
    ),
)
