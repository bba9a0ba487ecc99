"""The programs that the agent may run on Windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tutelage_agent.host import Command

COMMANDS: tuple[Command, ...] = ()
