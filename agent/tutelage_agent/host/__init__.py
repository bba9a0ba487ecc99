"""The only door to the machine: what a check may ask, and the types of the answers.

A check never meets the operating system. It meets a ``Host``: the real one (``local.py``), a
recorded one (``recorded.py``), or a wrapper that proves sources (``proven.py``) or writes a
recording (``recording.py``). Every question has one canonical text form, so that a recording is
simply the list of questions with their answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, cast

from tutelage_agent.host.reading import HostError, Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "Command",
    "CommandResult",
    "Door",
    "FileStat",
    "Host",
    "HostError",
    "Outcome",
    "Plain",
    "Question",
    "Reading",
    "RegistryValue",
    "Row",
    "Session",
    "System",
    "nothing",
    "value",
]


class System(StrEnum):
    """The operating system of a host."""

    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"
    OTHER = "other"


class Door(StrEnum):
    """The kinds of question."""

    READ = "read"
    FOLDER = "folder"
    STAT = "stat"
    RUN = "run"
    REGISTRY = "registry"
    REGISTRY_KEYS = "registry_keys"
    REGISTRY_VALUES = "registry_values"
    WMI = "wmi"
    CALL = "call"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that can be asked of a machine."""

    door: Door
    what: str = ""
    arguments: tuple[str, ...] = ()
    account: str = ""
    """Uid (POSIX) or SID (Windows) in whose context it is asked; empty: the agent's own."""

    def __str__(self) -> str:
        """Return the canonical form, the key of a recording: ``run:zfs-encryption(tank)@1000``."""
        arguments = f"({', '.join(self.arguments)})" if self.arguments else ""
        account = f"@{self.account}" if self.account else ""
        what = f":{self.what}" if self.what else ""
        return f"{self.door}{what}{arguments}{account}"


Plain: TypeAlias = "bool | int | float | str | tuple[Plain, ...] | Row"
"""What an operating-system call can answer: no objects, nothing that lives on."""

RegistryValue: TypeAlias = "int | str | bytes | tuple[str, ...]"
"""DWORD and QWORD, SZ and EXPAND_SZ (not expanded), BINARY, MULTI_SZ."""


@dataclass(frozen=True, slots=True)
class Row:
    """Named plain values: a row of WMI, a dictionary of D-Bus."""

    fields: Mapping[str, Plain] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """Return a field that is text, else None."""
        found = self.fields.get(name)
        return found if isinstance(found, str) else None

    def integer(self, name: str) -> int | None:
        """Return a field that is a whole number (not a truth value), else None."""
        found = self.fields.get(name)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def truth(self, name: str) -> bool | None:
        """Return a field that is true or false, else None: 0, "" and "off" are not false here."""
        found = self.fields.get(name)
        return found if isinstance(found, bool) else None


@dataclass(frozen=True, slots=True)
class FileStat:
    """What is known of a file without opening it."""

    modified_at: datetime
    size: int
    """Bytes."""
    owner: int
    """Uid; 0 where the system has none."""
    mode: int
    """Permission bits."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A program that ended by itself. Its exit code matters: read it before the text."""

    code: int
    output: bytes
    errors: bytes = b""

    @property
    def text(self) -> str:
        """Return the standard output as text; bytes that are not UTF-8 become U+FFFD."""
        return self.output.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Command:
    """A program that may be run. There is no way to run one that is not in such a list.

    Attributes:
        id: the fixed name by which checks ask.
        paths: absolute paths; the first that exists is run. Nothing is looked up in PATH.
        arguments: fixed words; ``{0}``, ``{1}`` stand for a checked parameter.
        parameters: one regular expression per parameter, which must match it wholly.
        timeout: seconds; then the whole process group is ended.
        codes: exit codes that are an answer. Any other one is ERROR.
        as_account: whether it makes sense in an account's own context.
    """

    id: str
    paths: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    timeout: float = 5.0
    codes: frozenset[int] = frozenset({0})
    as_account: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in at the device now."""

    id: str
    account: str
    """Uid or SID. Never leaves the device: findings carry ``Host.pseudonym(account)``."""
    desktop: str = ""
    """``gnome``, ``kde``, ``xfce``, ``windows``, ``aqua``, or empty for a text console."""
    graphical: bool = True
    remote: bool = False
    active: bool = True
    locked: bool | None = None
    """None: this system does not say."""
    idle_since: datetime | None = None
    """Since when no key or pointer moved; None: in use, or not said."""
    home: str = ""


class Host(ABC):
    """A machine that can be asked. All methods answer; none raises for what it meets there.

    Attributes:
        system: which operating system it is.
        privileged: whether the agent acts as root or SYSTEM there.
        state: the agent's state folder (attestations, first-seen dates), as a path on the host.
    """

    system: System
    privileged: bool
    state: str

    @abstractmethod
    def now(self) -> datetime:
        """Return the host's present moment, aware UTC; for a recording, when it was made."""

    @abstractmethod
    def answer(self, question: Question) -> Reading[object]:
        """Return the answer to ``question``. Checks use the typed methods below."""

    @abstractmethod
    def pseudonym(self, account: str) -> str:
        """Return ``account:<keyed hash>`` for a uid or SID: the same on this device only."""

    @abstractmethod
    def remember(self, name: str, content: bytes) -> bool:
        """Keep ``content`` in the state folder as ``name``; tell whether it was kept."""

    def read(self, path: str) -> Reading[bytes]:
        """Return a file's bytes, at most 4 MiB. ``path`` is absolute."""
        return cast("Reading[bytes]", self.answer(Question(Door.READ, path)))

    def head(self, path: str, size: int) -> Reading[bytes]:
        """Return at most the first ``size`` bytes of a file that may be large."""
        return cast("Reading[bytes]", self.answer(Question(Door.READ, path, (str(size),))))

    def text(self, path: str) -> Reading[str]:
        """Return a file's text; bytes that are not UTF-8 become U+FFFD."""
        return self.read(path).map(lambda found: found.decode("utf-8", "replace"))

    def folder(self, path: str) -> Reading[tuple[str, ...]]:
        """Return the names in a folder, sorted."""
        return cast("Reading[tuple[str, ...]]", self.answer(Question(Door.FOLDER, path)))

    def stat(self, path: str) -> Reading[FileStat]:
        """Return a file's age, size, owner and mode; symbolic links are followed."""
        return cast("Reading[FileStat]", self.answer(Question(Door.STAT, path)))

    def run(self, command: str, *arguments: str, account: str = "") -> Reading[CommandResult]:
        """Return what an allowed program answered, run as ``account`` if one is given.

        Args:
            command: the id of a ``Command`` in this system's list.
            arguments: one per parameter of the command.
            account: uid or SID with a session; the program then runs in its context.
        """
        question = Question(Door.RUN, command, arguments, account)
        return cast("Reading[CommandResult]", self.answer(question))

    def registry(self, key: str, name: str) -> Reading[RegistryValue]:
        r"""Return a value of the 64-bit registry; ``key`` as ``HKLM\SOFTWARE\Microsoft``."""
        return cast("Reading[RegistryValue]", self.answer(Question(Door.REGISTRY, key, (name,))))

    def registry_keys(self, key: str) -> Reading[tuple[str, ...]]:
        """Return the names of a key's subkeys, sorted."""
        return cast("Reading[tuple[str, ...]]", self.answer(Question(Door.REGISTRY_KEYS, key)))

    def registry_values(self, key: str) -> Reading[tuple[str, ...]]:
        """Return the names of a key's values, sorted."""
        return cast("Reading[tuple[str, ...]]", self.answer(Question(Door.REGISTRY_VALUES, key)))

    def wmi(self, namespace: str, wmi_class: str, *columns: str) -> Reading[tuple[Row, ...]]:
        r"""Return the rows of a WMI class, with the named columns, from ``root\...``."""
        question = Question(Door.WMI, f"{namespace}:{wmi_class}", columns)
        return cast("Reading[tuple[Row, ...]]", self.answer(question))

    def call(self, name: str, *arguments: str) -> Reading[Plain]:
        """Return what one fixed operating-system call says: Win32, CoreFoundation, D-Bus.

        Args:
            name: a name of the system's call list, ``wsc.health`` or ``logind.sessions``.
            arguments: its arguments, as text.
        """
        return cast("Reading[Plain]", self.answer(Question(Door.CALL, name, arguments)))

    def processes(self) -> Reading[tuple[str, ...]]:
        """Return the names of all running programs; DENIED where only some can be seen."""
        return cast("Reading[tuple[str, ...]]", self.answer(Question(Door.CALL, "processes")))

    def sessions(self) -> Reading[tuple[Session, ...]]:
        """Return who is signed in now; services and sign-in screens do not count."""
        return cast("Reading[tuple[Session, ...]]", self.answer(Question(Door.SESSIONS)))
