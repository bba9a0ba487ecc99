"""Asking programs that tell only root: without rights, their failure is a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing

if TYPE_CHECKING:
    from tutelage_agent.host import CommandResult, Host, Reading


def root_only(host: Host, command: str) -> Reading[CommandResult]:
    """Return what a program says; DENIED, and not ERROR, where it fails for anybody but root."""
    reading = host.run(command)
    if reading.outcome is Outcome.ERROR and not host.privileged:
        return nothing(Outcome.DENIED, f"only root is told: {reading.detail}")
    return reading
