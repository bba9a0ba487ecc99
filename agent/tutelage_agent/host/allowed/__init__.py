"""Every program that the agent may ever run, one list a system. Reading these is the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import System
from tutelage_agent.host.allowed.linux import COMMANDS as LINUX
from tutelage_agent.host.allowed.macos import COMMANDS as MACOS
from tutelage_agent.host.allowed.windows import COMMANDS as WINDOWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Command

ALLOWED: Mapping[System, Mapping[str, Command]] = {
    System.LINUX: {command.id: command for command in LINUX},
    System.MACOS: {command.id: command for command in MACOS},
    System.WINDOWS: {command.id: command for command in WINDOWS},
    System.OTHER: {},
}
