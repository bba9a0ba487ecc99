"""The agent's settings: one TOML file, frozen dataclasses, every number with its unit.

What is watched, for whom and when is not here: that is the signed policy's to say. These are the
settings of this machine: where things lie, and how often the agent looks.
"""

from __future__ import annotations

import dataclasses
import os
import sys
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tutelage_agent.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Bounds of what waits on disk for the collector."""

    max_bytes: int = 256 * 2**20  # bytes, of both lanes together
    free_share: float = 0.05  # of the disk's free space: the smaller of the two counts


@dataclass(frozen=True, slots=True)
class PostureSettings:
    """How often the checks run."""

    cheap_every: float = 900.0  # seconds
    medium_every: float = 3600.0  # seconds
    slow_every: float = 86_400.0  # seconds
    refresh_every: float = 86_400.0  # seconds after which an unchanged judgement is sent again


@dataclass(frozen=True, slots=True)
class FileSettings:
    """Which folders the file sensor looks at."""

    folders: tuple[Path, ...] = ()  # empty: the document folders of each signed-in account
    rescan_every: float = 1800.0  # seconds between catch-up scans
    max_file_bytes: int = 32 * 2**20  # bytes; larger files are reported as not inspected


@dataclass(frozen=True, slots=True)
class BrowserSettings:
    """Whether and how often the browsers' history is looked at."""

    enabled: bool = True  # false: the sensor is not started at all
    look_every: float = 10.0  # seconds
    first_look_back: float = 86_400.0  # seconds of a profile's history before its first look


@dataclass(frozen=True, slots=True)
class SelfTestSettings:
    """When this machine proves by itself what it sees; how often is the signed policy's to say."""

    enabled: bool = True
    first_after: float = 60.0  # seconds of uptime: the pack is compiled, the folders are watched
    spread: float = 3600.0  # seconds over which devices spread their first pages and windows
    window_idle: float = 240.0  # seconds in which nobody moved, before a window is shown


@dataclass(frozen=True, slots=True)
class SensorSwitch:
    """Whether a sensor may run on this machine; whether it does is the signed policy's to say."""

    enabled: bool = True  # false: the sensor is not started at all


@dataclass(frozen=True, slots=True)
class FrugalitySettings:
    """Whether large work (scans, never changes as they happen) waits for a better moment."""

    wait: bool = True  # on battery up to 15 minutes, under load up to 3, then for a minute's turn


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The page on loopback where anybody at this device reports a concern."""

    enabled: bool = True
    port: int = 7449


@dataclass(frozen=True, slots=True)
class UplinkSettings:
    """How the agent talks to the collector."""

    heartbeat_every: float = 60.0  # seconds
    bulk_wait: float = 2.0  # seconds that a bulk event waits for company
    backoff_first: float = 1.0  # seconds, upper bound of the first wait after a failure
    backoff_most: float = 300.0  # seconds


class KeyPlace(StrEnum):
    """Where a device's keys may lie; all but ``auto`` are also what a heartbeat says."""

    AUTO = "auto"
    TPM = "tpm"
    OS_STORE = "os-store"
    SYSTEMD_CREDENTIAL = "systemd-credential"
    SEALED_FILE = "sealed-file"


@dataclass(frozen=True, slots=True)
class KeySettings:
    """Where new keys go. A device that has keys goes on using where they are."""

    place: KeyPlace = KeyPlace.AUTO  # the best that there is; or one of them, and no other
    tpm: str = ""  # a device other than the system's own: "/dev/tpmrm1", "swtpm:127.0.0.1:2321"


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """All settings."""

    state_folder: Path
    notice_folder: Path | None = None  # for everybody to read; default: the system's place for it
    pack_images: Path | None = None  # folder of compiled packs; default: below the state folder
    keys: KeySettings = field(default_factory=KeySettings)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    posture: PostureSettings = field(default_factory=PostureSettings)
    files: FileSettings = field(default_factory=FileSettings)
    browser_history: BrowserSettings = field(default_factory=BrowserSettings)
    selftest: SelfTestSettings = field(default_factory=SelfTestSettings)
    frugality: FrugalitySettings = field(default_factory=FrugalitySettings)
    downloads: SensorSwitch = field(default_factory=SensorSwitch)
    window_title: SensorSwitch = field(default_factory=SensorSwitch)
    usage: SensorSwitch = field(default_factory=SensorSwitch)
    report: ReportSettings = field(default_factory=ReportSettings)
    uplink: UplinkSettings = field(default_factory=UplinkSettings)


def default_config_path() -> Path:
    """Return where the installed agent's settings lie on this system."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "Tutelage" / "agent.toml"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Tutelage/agent.toml")
    return Path("/etc/tutelage/agent.toml")


def default_state_folder() -> Path:
    """Return where the agent keeps its state: the system's place as a service, else a person's."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "Tutelage" / "agent"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Tutelage/agent")
    if os.geteuid() == 0:
        return Path("/var/lib/tutelage-agent")
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "tutelage-agent"


def read_config(path: Path | None) -> AgentConfig:
    """Return the settings of ``path``; of the installed file, or the defaults, where it is None.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown, misplaced or of another kind.
    """
    chosen = path or default_config_path()
    if path is None and not chosen.is_file():
        return AgentConfig(state_folder=default_state_folder())
    try:
        table = tomllib.loads(chosen.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{chosen}: there is no such settings file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{chosen}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{chosen}: not TOML: {error}") from error
    table.setdefault("state_folder", str(default_state_folder()))
    settings = _build(AgentConfig, table, str(chosen), "")
    if not isinstance(settings, AgentConfig):  # for the type checker; _build made one
        raise ConfigError(f"{chosen}: not the agent's settings")
    return settings


def _build(kind: type[Any], table: dict[str, Any], file: str, prefix: str) -> object:
    known = {one.name: one for one in dataclasses.fields(kind)}
    values: dict[str, object] = {}
    for key, value in table.items():
        where = f"{file}: {prefix}{key}"
        if key not in known:
            choices = ", ".join(sorted(known))
            raise ConfigError(f"{where}: not a setting; known here: {choices}")
        values[key] = _value(known[key], value, where, file, f"{prefix}{key}.")
    return kind(**values)


def _value(one: dataclasses.Field[Any], value: Any, where: str, file: str, prefix: str) -> object:
    nested = one.default_factory if isinstance(one.default_factory, type) else None
    if nested is not None and dataclasses.is_dataclass(nested):
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: must be a table, [{where.rsplit(' ', 1)[-1]}]")
        return _build(nested, value, file, prefix)
    match str(one.type):
        case "Path" | "Path | None" if isinstance(value, str) and value:
            return Path(value).expanduser()
        case "tuple[Path, ...]" if isinstance(value, list) and all(
            isinstance(item, str) for item in value
        ):
            return tuple(Path(item).expanduser() for item in value)
        case "bool" if isinstance(value, bool):
            return value
        case "str" if isinstance(value, str):
            return value
        case "KeyPlace" if isinstance(value, str) and value in set(KeyPlace):
            return KeyPlace(value)
        case "int" if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            if value > 0:
                return float(value)
    raise ConfigError(f"{where}: {value!r} will not do; expected {_expected(str(one.type))}")


def _expected(kind: str) -> str:
    return {
        "Path": "a path in quotes",
        "Path | None": "a path in quotes",
        "tuple[Path, ...]": 'a list of paths, ["/home/a", "/home/b"]',
        "bool": "true or false",
        "str": "a text in quotes",
        "KeyPlace": ", ".join(f'"{one}"' for one in KeyPlace),
        "int": "a whole number above 0",
        "float": "a number above 0",
    }.get(kind, kind)
