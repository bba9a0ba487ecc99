"""Which function looks for which check on which system. One table a system, one owner a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import System
from tutelage_agent.posture.linux import OBSERVERS as LINUX
from tutelage_agent.posture.macos import OBSERVERS as MACOS
from tutelage_agent.posture.windows import OBSERVERS as WINDOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

    Observer = Callable[[Host], tuple[Observation, ...]]

TABLES: Mapping[System, Mapping[str, Observer]] = {
    System.LINUX: LINUX,
    System.MACOS: MACOS,
    System.WINDOWS: WINDOWS,
}


def of(check_id: str) -> Mapping[System, Observer]:
    """Return the observers of a check, per system."""
    return {system: table[check_id] for system, table in TABLES.items() if check_id in table}
