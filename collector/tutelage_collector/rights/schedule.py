"""The retention schedule: defaults from ``schedule.toml``, a school's own ``retention.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from importlib import resources
from typing import TYPE_CHECKING, Any

from tutelage_collector.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "retention.toml"
_MIN_DAYS, _MAX_DAYS = 7, 20_000


class Kept(StrEnum):
    """Kinds of what is held."""

    SELF_TESTS = "self_tests"
    ALERTS_LOW = "alerts_low"
    ALERTS = "alerts"
    ALERTS_OF_CONCERNS = "alerts_of_concerns"
    WORDS_OF_CONCERNS = "words_of_concerns"
    POSTURE = "posture"
    ICT = "ict"
    USAGE = "usage"
    INTEGRITY = "integrity"
    MESSAGES = "messages"
    ROTAS = "rotas"
    REGISTERS = "registers"
    REPORTS = "reports"
    WAITING = "waiting"
    DEVICES = "devices"


TITLES = {
    Kept.SELF_TESTS: "Self-tests of the monitoring",
    Kept.ALERTS_LOW: "Alerts of grades 1 and 2",
    Kept.ALERTS: "Alerts of grades 3 to 5, no concern made",
    Kept.ALERTS_OF_CONCERNS: "Alerts in concerns, from when these closed",
    Kept.WORDS_OF_CONCERNS: "What was written in concerns, from when these closed",
    Kept.POSTURE: "Unchanged answers about devices",
    Kept.ICT: "What devices told ICT",
    Kept.USAGE: "Visits by category, account and day",
    Kept.INTEGRITY: "What happened to the monitoring itself",
    Kept.MESSAGES: "Who was told, and who asked for more of a text",
    Kept.ROTAS: "Rotas that another one replaced",
    Kept.REGISTERS: "Signatures, courses and reviews",
    Kept.REPORTS: "Reports that were sent",
    Kept.WAITING: "Devices that were let in or refused",
    Kept.DEVICES: "Labels and hardware numbers of devices that left",
}


@dataclass(frozen=True, slots=True)
class Term:
    """How long one kind is kept."""

    kept: Kept
    days: int
    two_people: bool
    """Whether a second person must approve that it is erased."""
    basis: str

    @property
    def life(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(days=self.days)


def load(folder: Path) -> dict[Kept, Term]:
    """Return what holds in a state folder.

    Raises:
        ConfigError: it names file, key and remedy.
    """
    text = (resources.files("tutelage_collector.rights") / "schedule.toml").read_text("utf-8")
    terms = {
        Kept(name): Term(Kept(name), row["days"], row.get("two_people", False), row["basis"])
        for name, row in tomllib.loads(text).items()
    }
    path = folder / FILE_NAME
    if path.exists():
        for kept, row in _own(path).items():
            terms[kept] = replace(terms[kept], **row)
    return terms


def _own(path: Path) -> dict[Kept, dict[str, Any]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    own: dict[Kept, dict[str, Any]] = {}
    for name, row in table.items():
        if name not in set(Kept) or not isinstance(row, dict):
            known = ", ".join(sorted(Kept))
            raise ConfigError(f"{path}: [{name}]: not a kind; known here: {known}")
        for key, value in row.items():
            _check(path, f"{name}.{key}", key, value)
        own[Kept(name)] = row
    return own


def _check(path: Path, where: str, key: str, value: object) -> None:
    if key == "days":
        if type(value) is not int or not _MIN_DAYS <= value <= _MAX_DAYS:
            raise ConfigError(f"{path}: {where}: a whole number of days, {_MIN_DAYS} or more")
    elif key == "two_people":
        # A school may ask for more people than we do, never for fewer.
        if value is not True:
            raise ConfigError(f"{path}: {where}: can only be set to true")
    elif key == "basis":
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"{path}: {where}: say why, in quotes")
    else:
        raise ConfigError(f"{path}: {where}: not a setting; known here: basis, days, two_people")
