"""Which function looks for which check on which system. One table a system, one owner a table.

A table is loaded when its system is asked for: an agent carries its own system's parsers only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from tutelage_agent.host import System

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

    Observer = Callable[[Host], tuple[Observation, ...]]


SYSTEMS = (System.LINUX, System.MACOS, System.WINDOWS)


@cache
def table(system: System) -> Mapping[str, Observer]:
    """Return the observers of ``system``, by the check they look for."""
    if system not in SYSTEMS:
        return {}
    found: Mapping[str, Observer] = import_module(
        f"tutelage_agent.posture.{system.value}"
    ).OBSERVERS
    return found


class _OfCheck(Mapping[System, "Observer"]):
    """The observers of one check, per system."""

    def __init__(self, check_id: str) -> None:
        self._check_id = check_id

    def __getitem__(self, system: System) -> Observer:
        return table(system)[self._check_id]

    def __iter__(self) -> Iterator[System]:
        return (system for system in SYSTEMS if self._check_id in table(system))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def of(check_id: str) -> Mapping[System, Observer]:
    """Return the observers of a check, per system."""
    return _OfCheck(check_id)
