"""The collector's settings: frozen dataclasses from TOML, where an unknown key is an error.

Every number carries its unit in its name; every message names file, key and remedy.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tutelage_collector.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "collector.toml"
_NAME = re.compile(r"[a-z0-9-]{1,63}")
_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_PORT_BOUNDS = (0, 65_535)

Section = TypeVar("Section")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the collector answers. Port 0 takes any free one."""

    host: str = "127.0.0.1"
    """Address to bind: ``0.0.0.0`` serves the school's network."""
    advertise: str = "localhost"
    """Name or address that goes into bundles: how devices reach this machine."""
    enrol_port: int = 7443
    link_port: int = 7444
    web_port: int = 7440


@dataclass(frozen=True, slots=True)
class Ingest:
    """Bounds of the stream and of the group commit."""

    group_bytes: int = 2 * 2**20
    """A commit takes at most so many bytes of batches."""
    group_ms: int = 50
    """A commit gathers for at most so long while more is waiting."""
    window_batches: int = 16
    """Batches of one stream that may wait for their receipt."""
    queue_bytes: int = 64 * 2**20
    """Above this, batches are answered with RETRY."""
    retry_after_ms: int = 5_000
    connection_age_seconds: int = 600
    """Connections are closed in good order after this, so that load spreads again."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How old a judgement may be before it counts as unknown."""

    stale_after_days: int = 45


@dataclass(frozen=True, slots=True)
class Pages:
    """How people reach the pages, and what the pages keep for them."""

    address: str = ""
    """Public address, ``https://tutelage.ret.org.uk``; "" = ``listen.advertise`` and its port."""
    unlock_minutes: int = 15
    """How long after its last use a holder's key stays unlocked in their browser; 0 = not at all:
    the passphrase is asked each time."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a device that is not heard is told to ICT."""

    after_seconds: int = 150
    """Without a sign of life: more than two of an agent's minutely heartbeats."""
    hold_seconds: int = 60
    """It is waited for others of the same cause for so long: one message, not fifty."""
    pause_minutes: int = 15
    """Between two messages about one school."""
    most_a_day: int = 6
    """Messages a day and school; what comes after is on the page."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that ``serve`` needs to know."""

    folder: Path
    trust: str
    school: str
    """School of a token that names none."""
    listen: Listen = field(default_factory=Listen)
    ingest: Ingest = field(default_factory=Ingest)
    judging: Judging = field(default_factory=Judging)
    pages: Pages = field(default_factory=Pages)
    quiet: Quiet = field(default_factory=Quiet)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "collector.db"


_BOUNDS: dict[str, tuple[int, int]] = {
    "enrol_port": _PORT_BOUNDS,
    "link_port": _PORT_BOUNDS,
    "web_port": _PORT_BOUNDS,
    "group_bytes": (64 * 2**10, 64 * 2**20),
    "group_ms": (1, 1_000),
    "window_batches": (1, 256),
    "queue_bytes": (2**20, 2**30),
    "retry_after_ms": (100, 600_000),
    "connection_age_seconds": (10, 86_400),
    "stale_after_days": (1, 400),
    "unlock_minutes": (0, 60),
    "after_seconds": (5, 86_400),
    "hold_seconds": (1, 3_600),
    "pause_minutes": (1, 1_440),
    "most_a_day": (1, 100),
}


def load(folder: Path) -> Config:
    """Return the settings of a state folder.

    Raises:
        ConfigError: it names file, key and remedy.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path}: there is no collector here; make one with: "
            f"tutelage-collector init --state {folder} --trust NAME --school NAME"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    return parse(text, path)


def parse(text: str, path: Path) -> Config:
    """Return the settings that ``text`` holds; ``path`` is where it came from.

    Raises:
        ConfigError: it names file, key and remedy.
    """
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    known = {"trust", "school", "listen", "ingest", "judging", "pages", "quiet"}
    _refuse_unknown(table, known, path, "")
    return Config(
        folder=path.parent,
        trust=_name(table, "trust", path),
        school=_name(table, "school", path),
        listen=_section(Listen, table.get("listen", {}), path, "listen"),
        ingest=_section(Ingest, table.get("ingest", {}), path, "ingest"),
        judging=_section(Judging, table.get("judging", {}), path, "judging"),
        pages=_pages(table.get("pages", {}), path),
        quiet=_section(Quiet, table.get("quiet", {}), path, "quiet"),
    )


def dumps(config: Config) -> str:
    """Return the text that ``init`` writes: only what was chosen, the rest stays default."""
    return (
        "# Settings of this collector. Every key and its unit: collector/README.md\n"
        f'trust = "{config.trust}"\n'
        f'school = "{config.school}"\n'
        "\n[listen]\n"
        f'host = "{config.listen.host}"\n'
        f'advertise = "{config.listen.advertise}"\n'
        f"enrol_port = {config.listen.enrol_port}\n"
        f"link_port = {config.listen.link_port}\n"
        f"web_port = {config.listen.web_port}\n"
    )


def check_name(value: str, what: str) -> str:
    """Return ``value`` if it may name a trust or a school in certificates.

    Raises:
        ConfigError: it holds something else than lower-case letters, digits and hyphens.
    """
    if not _NAME.fullmatch(value):
        raise ConfigError(
            f"{what} {value!r}: write 1 to 63 lower-case letters, digits and hyphens, "
            "for example ret-high"
        )
    return value


def _name(table: dict[str, Any], key: str, path: Path) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise ConfigError(f'{path}: {key}: missing; add a line such as {key} = "ret-high"')
    return check_name(value, f"{path}: {key}:")


def _pages(table: object, path: Path) -> Pages:
    found = _section(Pages, table, path, "pages")
    if found.address and not _ADDRESS.fullmatch(found.address):
        raise ConfigError(
            f"{path}: pages.address: {found.address!r} is not an address of pages; write it as "
            'browsers show it, without a path: "https://tutelage.ret.org.uk"'
        )
    return found


def _section(kind: type[Section], table: object, path: Path, name: str) -> Section:
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {name}: write it as a table: [{name}]")
    fields = {one.name: one for one in dataclasses.fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(table, set(fields), path, f"{name}.")
    for key, value in table.items():
        wanted = type(fields[key].default)
        if type(value) is not wanted:
            raise ConfigError(
                f"{path}: {name}.{key}: {value!r} is not {_WORDS[wanted]}; "
                f"the default is {fields[key].default!r}"
            )
        if isinstance(value, int):
            _check_bounds(key, value, f"{path}: {name}.{key}")
    return kind(**table)


def _check_bounds(key: str, value: int, where: str) -> None:
    low, high = _BOUNDS[key]
    if not low <= value <= high:
        raise ConfigError(f"{where}: {value} is outside of {low} to {high}")


_WORDS: dict[Any, str] = {int: "a whole number", str: "a text in quotes"}


def _refuse_unknown(table: dict[str, Any], known: set[str], path: Path, prefix: str) -> None:
    for key in table:
        if key not in known:
            names = ", ".join(sorted(known))
            raise ConfigError(f"{path}: {prefix}{key}: not a setting; known here: {names}")
