"""DfE: USB storage blocked by default; Cyber Essentials: nothing starts by itself when plugged in.

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``usb_storage`` | device | a ``UsbStorage`` |
| ``plugged_in`` | device | how many USB disks are plugged in now; optional |
| ``autorun`` | device or ``account:...`` | true: a program on a medium may start by itself |
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
from tutelage_agent.posture.words import UsbStorage

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts

_LADDER = tuple(UsbStorage)
_WORDS = {
    UsbStorage.BLOCKED: "USB disks are blocked",
    UsbStorage.READ_ONLY: "USB disks can only be read",
    UsbStorage.ENCRYPTED_ONLY: "only encrypted USB disks can be written",
    UsbStorage.SCANNED: "USB disks are open, and scanned for malware",
    UsbStorage.OPEN: "USB disks are open to all",
}


def judge_storage(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge what happens to a USB disk, against the worst that the profile allows."""
    worst = UsbStorage(context.reference.thresholds[context.profile].usb_storage_worst)
    expected = f"at worst: {_WORDS[worst]}"
    if gap := facts.gap("usb_storage", expected=expected):
        return (gap,)
    try:
        found = UsbStorage(facts.text("usb_storage") or "")
    except ValueError:
        return (Verdict(Status.ERROR, Reason.TOOL_FAILED, "a state of no name", expected),)
    plugged = facts.integer("plugged_in")
    now = f"; {plugged} plugged in now" if plugged else ""
    if _LADDER.index(found) > _LADDER.index(worst):
        return (Verdict(Status.FAIL, Reason.OPEN, _WORDS[found] + now, expected),)
    enforced = Enforced.UNKNOWN if found is UsbStorage.OPEN else Enforced.YES
    return (
        Verdict(Status.PASS, Reason.COMPLIANT, _WORDS[found] + now, expected, enforced=enforced),
    )


def judge_autorun(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge whether anything starts by itself, for the device and for each account looked at."""
    del context
    expected = "nothing starts by itself when something is plugged in"
    subjects = facts.subjects("autorun")
    if not subjects:
        gap = facts.gap("autorun", expected=expected)
        return (gap,) if gap else ()
    verdicts = []
    for subject in subjects:
        gap = facts.gap("autorun", subject=subject, expected=expected)
        if gap is not None:
            verdicts.append(gap)
        elif facts.truth("autorun", subject):
            actual = "programs on a medium may start by themselves"
            verdicts.append(Verdict(Status.FAIL, Reason.AUTORUN, actual, expected, subject))
        else:
            verdicts.append(Verdict(Status.PASS, Reason.COMPLIANT, "off", expected, subject))
    return tuple(verdicts)


CHECKS = (
    Check(
        id="usb.storage",
        title="USB disks are controlled",
        clauses={Profile.DFE: ("DfE cyber security: USB storage blocked by default",)},
        severity=Severity.MEDIUM,
        tier=Tier.CHEAP,
        judge=judge_storage,
        observers=observers.of("usb.storage"),
        why="Sticks carry malware in and pupils' data out; most are lost sooner or later.",
    ),
    Check(
        id="usb.autorun",
        title="Nothing starts by itself when plugged in",
        clauses={
            Profile.CYBER_ESSENTIALS: ("CE secure configuration: auto-run off",),
            Profile.DFE: ("DfE cyber security: auto-run off",),
        },
        severity=Severity.MEDIUM,
        tier=Tier.MEDIUM,
        judge=judge_autorun,
        observers=observers.of("usb.autorun"),
        why="A found stick must not run anything before somebody decides to open it.",
    ),
)
