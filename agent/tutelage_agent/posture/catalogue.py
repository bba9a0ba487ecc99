"""All checks, in the order of the policy's section 11, then what ICT needs beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import (
    administrator,
    attested,
    boot,
    browser,
    disk_encryption,
    firewall,
    idle_lock,
    malware,
    os_support,
    password,
    removable,
    sharing,
    updates,
)

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Check

CHECKS: tuple[Check, ...] = (
    *password.CHECKS,
    *disk_encryption.CHECKS,
    *idle_lock.CHECKS,
    *sharing.CHECKS,
    *malware.CHECKS,
    *os_support.CHECKS,
    *updates.CHECKS,
    *attested.CHECKS,
    *firewall.CHECKS,
    *boot.CHECKS,
    *removable.CHECKS,
    *browser.CHECKS,
    *administrator.CHECKS,
)
