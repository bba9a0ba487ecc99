"""KDE's screen locker: ``kscreenlockerrc``, the account's over the machine's.

Defaults are those of kscreenlocker's own kcfg: locked after 5 minutes, with a password
(posture.md section 4.3). A missing file therefore means locked, and is said to be a default.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.linux.ini import parse_ini, truth, whole_number

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading

_MACHINE = "/etc/xdg/kscreenlockerrc"
_KEYS = ("Autolock", "Timeout", "Lock", "LockGrace", "RequirePassword", "LockOnResume")
_FIXED = "[$i]"


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the group ``[Daemon]`` comes to."""

    seconds: int
    """Idle seconds until a password is asked for, grace included; 0: never."""
    locks_on_resume: bool
    enforced: bool
    """The machine's file fixes both that it locks and when (``[$i]``)."""


def daemon(machine: str, own: str) -> Daemon | None:
    """Return the effective locker from the two files' texts: pure; None: not understood.

    Args:
        machine: ``/etc/xdg/kscreenlockerrc``; empty if it is not there.
        own: the account's ``kscreenlockerrc``; empty if it is not there.
    """
    found: dict[str, str] = {}
    fixed: set[str] = set()
    for text in (machine, own):
        group_fixed = False
        keep = frozenset(fixed)
        for entry in parse_ini(text):
            if entry.section.split("]")[0] != "Daemon":
                continue
            if entry.key == _FIXED:
                group_fixed = True
                continue
            key = entry.key.removesuffix(_FIXED)
            if key in keep or "*" in keep:
                continue
            found[key] = entry.value
            if entry.key.endswith(_FIXED):
                fixed.add(key)
        if group_fixed:
            fixed.add("*")
    return _effective(found, {"Autolock", "Timeout"} <= fixed or "*" in fixed)


def _effective(found: dict[str, str], enforced: bool) -> Daemon | None:  # noqa: FBT001
    switches = {}
    for key in ("Autolock", "Lock", "RequirePassword", "LockOnResume"):
        switch = truth(found[key]) if key in found else True
        if switch is None:
            return None
        switches[key] = switch
    timeout = minutes(found.get("Timeout", "5"))
    grace = whole_number(found.get("LockGrace", "5"))
    if timeout is None or grace is None:
        return None
    asks = switches["Lock"] and switches["RequirePassword"]
    locks = switches["Autolock"] and timeout > 0 and asks
    seconds = round(timeout * 60) + max(grace, 0) if locks else 0
    return Daemon(seconds, switches["LockOnResume"] and asks, enforced)


def minutes(text: str) -> float | None:
    """Return ``Timeout``: minutes, a whole number in older releases and a fraction since."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and found <= 1e6 else None


def read(host: Host, home: str) -> Reading[Daemon]:
    """Return the locker of the account whose home is ``home``."""
    if not home.startswith("/"):
        return nothing(Outcome.NO_USER_CONTEXT, "the account's home is not known")
    texts = []
    for path in (_MACHINE, f"{home}/.config/kscreenlockerrc"):
        text = host.text(path)
        if not text.seen and text.outcome is not Outcome.ABSENT:
            return nothing(text.outcome, "kscreenlockerrc")
        texts.append(text.value if text.seen else "")
    found = daemon(texts[0], texts[1])
    return value(found) if found else nothing(Outcome.ERROR, "kscreenlockerrc not understood")
