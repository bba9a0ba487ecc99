"""11.a.2: "Ensuring their hard drive is encrypted".

Facts (the same on every system):

| fact | subject | value |
|-|-|-|
| ``volumes`` | device | names of the subjects that must be judged |
| ``protection`` | ``volume:<where>`` | a ``Protection`` |
| ``encryption_detail`` | ``volume:<where>`` | text for people, optional |

"Encrypted" is not "protected": suspended, in progress and waiting for activation are open disks
(posture.md section 3).
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
from tutelage_agent.posture.words import Protection

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Context
    from tutelage_agent.posture.facts import Facts


_FAILS = {
    Protection.OFF: (Reason.OFF, "not encrypted"),
    Protection.SUSPENDED: (Reason.SUSPENDED, "encrypted, but protection is suspended"),
    Protection.IN_PROGRESS: (Reason.IN_PROGRESS, "encryption is still in progress"),
    Protection.DECRYPTING: (Reason.DECRYPTING, "is being decrypted"),
    Protection.WAITING_ACTIVATION: (
        Reason.WAITING_ACTIVATION,
        "encrypted, but no key protector: waiting for activation",
    ),
    Protection.SWAP_OPEN: (Reason.SWAP_OPEN, "swap is not encrypted"),
}

EXPECTED = "encrypted, with its protection on"


def judge(facts: Facts, context: Context) -> tuple[Verdict, ...]:
    """Judge every volume that ``volumes`` names."""
    del context  # No profile differs.
    if gap := facts.gap("volumes", expected=EXPECTED):
        return (gap,)
    volumes = facts.names("volumes") or ()
    if not volumes:
        return (Verdict(Status.NOT_APPLICABLE, Reason.NOT_FITTED, "no such volume", EXPECTED),)
    return tuple(_judge_volume(facts, volume) for volume in volumes)


def _judge_volume(facts: Facts, volume: str) -> Verdict:
    if gap := facts.gap("protection", subject=volume, expected=EXPECTED):
        return gap
    where = volume.removeprefix("volume:").removesuffix(":")
    detail = facts.text("encryption_detail", volume)
    more = f" ({detail})" if detail else ""
    protection = facts.text("protection", volume)
    if protection == Protection.NOT_STORED:
        return Verdict(
            Status.NOT_APPLICABLE, Reason.NOT_FITTED, f"{where}: not on a disk{more}", EXPECTED,
            volume,
        )  # fmt: skip
    if protection in {Protection.ON, Protection.LOCKED}:
        # Nobody takes encryption off by a setting: the disk has to be rewritten, as administrator.
        return Verdict(
            Status.PASS, Reason.COMPLIANT, f"{where}: encrypted{more}", EXPECTED, volume,
            Enforced.YES,
        )  # fmt: skip
    for state, (reason, words) in _FAILS.items():
        if protection == state:
            return Verdict(Status.FAIL, reason, f"{where}: {words}{more}", EXPECTED, volume)
    return Verdict(Status.ERROR, Reason.TOOL_FAILED, f"{where}: {protection}?", EXPECTED, volume)


_CLAUSES = {
    Profile.SCHOOL_S11: ("OSP 11.a.2",),
    Profile.DFE: ("DfE cyber security: portable devices encrypted",),
}

CHECKS = (
    Check(
        id="disk.system",
        title="The system disk is encrypted",
        clauses=_CLAUSES,
        severity=Severity.CRITICAL,
        tier=Tier.CHEAP,
        judge=judge,
        observers=observers.of("disk.system"),
        why=(
            "A lost laptop with an open disk gives its files to whoever takes the disk out. "
            "Only a volume whose whole path to the disk is encrypted, with protection on, passes."
        ),
    ),
    Check(
        id="disk.data",
        title="Data volumes and swap are encrypted",
        clauses=_CLAUSES,
        severity=Severity.HIGH,
        tier=Tier.CHEAP,
        judge=judge,
        observers=observers.of("disk.data"),
        why=(
            "A second disk or an open swap partition keeps what the system disk protects. "
            "Every fixed volume is judged by itself; removable ones are in usb.storage."
        ),
    ),
)
