"""All lists that this device has: those that ship, and those that were added on it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.sensors.lists import domains, programs
from tutelage_agent.sensors.lists.domains import DomainList, ListError, site_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_agent.sensors.lists.programs import Program

log = logging.getLogger(__name__)

LISTS_FOLDER = "lists"
"""Below the state folder: lists that were added on this device."""
LIST_END, PROGRAMS_END = ".list", ".toml"


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists of sites and programs, as they are now."""

    sites: tuple[DomainList, ...] = ()
    programs: tuple[Program, ...] = ()
    damaged: tuple[str, ...] = field(default=(), repr=False)
    """Why a file is not used; the others are."""

    def of(self, url: str) -> tuple[DomainList, ...]:
        """Return the lists that cover an address."""
        site = site_of(url)
        return tuple(one for one in self.sites if one.covers(site)) if site is not None else ()

    def category(self, url: str) -> str:
        """Return the category of an address, "" where no open list has it."""
        return next((one.category for one in self.of(url) if not one.restricted), "")

    def running(self, process: str) -> Program | None:
        """Return the program that a running process is of; None: not listed."""
        name = process.lower().removesuffix(".exe").removesuffix("-bin")
        return next((one for one in self.programs if name in one.processes), None)

    def downloaded(self, name: str, sha256: str, product: str) -> Program | None:
        """Return the program that a downloaded file is; None: not listed."""
        return next((one for one in self.programs if one.is_download(name, sha256, product)), None)


def shipped() -> Path:
    """Return the folder of the lists that ship."""
    return Path(str(resources.files(__package__) / "shipped"))


class ListsFolder:
    """Reads the lists again when one was added, changed or removed."""

    def __init__(self, added: Path | None = None) -> None:
        """Read those that ship and those in ``added``, which need not exist."""
        self._folders = [shipped(), *([added] if added is not None else [])]
        self._seen: tuple[tuple[str, int, int], ...] = ()
        self._lists = Lists()

    def current(self) -> Lists:
        """Return the lists. Cheap when nothing changed."""
        files = [path for folder in self._folders for path in _files(folder)]
        seen = tuple((str(path), *_version(path)) for path in files)
        if seen != self._seen:
            self._lists, self._seen = load(files), seen
            for why in self._lists.damaged:
                log.warning("list not used: %s", why)
        return self._lists


def load(files: Iterable[Path]) -> Lists:
    """Return what the files hold; a later list of the same id replaces an earlier one."""
    sites: dict[str, DomainList] = {}
    known: dict[str, Program] = {}
    damaged = []
    for path in files:
        try:
            if path.suffix == LIST_END:
                one = domains.loads(path.read_bytes(), path.name)
                sites[one.id] = one
            else:
                known |= {one.id: one for one in programs.loads(path.read_bytes(), path.name)}
        except (ListError, OSError) as error:
            damaged.append(str(error) if isinstance(error, ListError) else f"{path.name}: {error}")
    return Lists(tuple(sites.values()), tuple(known.values()), tuple(damaged))


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (LIST_END, PROGRAMS_END))
    except OSError:
        return []


def _version(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
