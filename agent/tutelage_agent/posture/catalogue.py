"""All checks, in the order of the policy's section 11, then what ICT needs beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import disk_encryption, password

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Check

CHECKS: tuple[Check, ...] = (
    *password.CHECKS,
    *disk_encryption.CHECKS,
)
