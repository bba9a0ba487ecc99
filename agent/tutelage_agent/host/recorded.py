"""A machine that was recorded: a folder of files, no code. See tests/agent/posture/README.md.

``host.toml`` holds what is small, ``files/`` and ``commands/`` what is large. Each question has
one canonical text (``host.Question``); the tables of ``host.toml`` are those questions, sorted
by door.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tutelage_agent.host import (
    CommandResult,
    Door,
    FileStat,
    Host,
    HostError,
    Question,
    Row,
    Session,
    System,
)
from tutelage_agent.host.local import pseudonym
from tutelage_agent.host.reading import Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tutelage_agent.host import Plain

TABLES = {
    "machine", "outcomes", "text", "folders", "stat", "commands", "sessions", "registry", "wmi",
    "calls", "expect",
}  # fmt: skip
STATE = "/state"
"""Where the agent's state folder lies in a recording, on every system."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What ``[machine]`` says of a recording."""

    title: str
    provenance: str
    """``captured`` on a real machine, or ``constructed`` from documented formats."""
    made_from: str
    """Where each part comes from, with licence; what was changed."""
    system: System
    recorded_at: datetime
    privileged: bool
    device_class: str
    whole: bool
    """Whether a file, key or row that is not recorded was absent; else it was never asked."""


class RecordedHost(Host):
    """A recorded machine. What was not recorded is UNSUPPORTED, never a guess."""

    def __init__(self, folder: Path) -> None:
        """Open the recording in ``folder``.

        Raises:
            HostError: ``host.toml`` is missing, does not parse, or holds an unknown table.
        """
        self.where = folder
        source = folder / "host.toml"
        try:
            tables = tomllib.loads(source.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise HostError(
                f"{source}: not a recorded machine ({error}); make one with "
                "`tutelage-agent record DIR`"
            ) from error
        if unknown := sorted(set(tables) - TABLES):
            raise HostError(f"{source}: unknown table {unknown[0]}; known are {sorted(TABLES)}")
        try:
            self.machine = _machine(tables["machine"])
            self._outcomes = {q: Outcome(o) for q, o in tables.get("outcomes", {}).items()}
        except (KeyError, ValueError, TypeError) as error:
            raise HostError(f"{source}: [machine] or [outcomes] is wrong: {error}") from error
        self.expect: Mapping[str, object] = tables.get("expect", {})
        self.tables: Mapping[str, Any] = tables
        self._files = _files(tables.get("text", {}), folder)
        self._folders = _folders(tables.get("folders", {}), self._files)
        self._registry = {key.lower(): values for key, values in tables.get("registry", {}).items()}
        self.system = self.machine.system
        self.privileged = self.machine.privileged
        self.state = STATE

    def now(self) -> datetime:
        """Return when the recording was made."""
        return self.machine.recorded_at

    def pseudonym(self, account: str) -> str:
        """Return a pseudonym that is the same in every recording."""
        return pseudonym(hashlib.sha256(b"recorded").digest(), account)

    def remember(self, name: str, content: bytes) -> bool:
        """Keep nothing: a recording does not change."""
        return bool(name and content) and False

    def answer(self, question: Question) -> Reading[object]:
        """Return what was recorded."""
        if (outcome := self._outcomes.get(str(question))) is not None:
            return nothing(outcome, "recorded")
        match question.door:
            case Door.READ:
                found = self._from(self._files, question.what)
                if question.arguments and isinstance(found.found, bytes):
                    return value(found.found[: int(question.arguments[0])])
                return found
            case Door.FOLDER:
                return self._from(self._folders, question.what)
            case Door.STAT:
                return self._stat(question.what)
            case Door.RUN:
                return self._run(question)
            case Door.SESSIONS:
                return self._sessions()
            case Door.REGISTRY | Door.REGISTRY_KEYS | Door.REGISTRY_VALUES:
                return self._from_registry(question)
            case Door.WMI:
                return self._wmi(question)
            case Door.CALL:
                key = str(question).removeprefix("call:")
                calls = self.tables.get("calls", {})
                return value(_plain(calls[key])) if key in calls else _unasked()

    def _missing(self) -> Reading[object]:
        return nothing(Outcome.ABSENT) if self.machine.whole else _unasked()

    def _from(self, table: Mapping[str, object], key: str) -> Reading[object]:
        if key in table:
            return value(table[key])
        return nothing(Outcome.ABSENT) if key.startswith(STATE) else self._missing()

    def _stat(self, path: str) -> Reading[object]:
        entry = self.tables.get("stat", {}).get(path)
        if entry is None:
            known = path in self._files or path in self._folders
            return _unasked() if known else self._missing()
        return value(
            FileStat(
                modified_at=entry.get("modified_at", self.now()).astimezone(UTC),
                size=int(entry.get("size", len(self._files.get(path, b"")))),
                owner=int(entry.get("owner", 0)),
                mode=int(entry.get("mode", 0o644)),
            )
        )

    def _run(self, question: Question) -> Reading[object]:
        key = str(question).removeprefix("run:")
        entry = self.tables.get("commands", {}).get(key)
        if entry is None:
            return _unasked()
        if "file" in entry:
            output = (self.where / "commands" / str(entry["file"])).read_bytes()
        else:
            output = str(entry.get("output", "")).encode()
        errors = str(entry.get("errors", "")).encode()
        return value(CommandResult(int(entry.get("code", 0)), output, errors))

    def _sessions(self) -> Reading[object]:
        if "sessions" not in self.tables:
            return value(()) if self.machine.whole else _unasked()
        return value(tuple(Session(**entry) for entry in self.tables["sessions"]))

    def _from_registry(self, question: Question) -> Reading[object]:
        key = question.what.lower()
        values = self._registry.get(key)
        below = {
            path[len(key) + 1 :].split("\\")[0]: None
            for path in self._registry
            if path.startswith(key + "\\")
        }
        if question.door is Door.REGISTRY_KEYS:
            known = values is not None or below
            return value(tuple(sorted(below))) if known else self._missing()
        if values is None:
            return self._missing()
        if question.door is Door.REGISTRY_VALUES:
            return value(tuple(sorted(values)))
        named = {name.lower(): found for name, found in values.items()}
        found = named.get(question.arguments[0].lower())
        return self._missing() if found is None else value(_registry_value(found))

    def _wmi(self, question: Question) -> Reading[object]:
        rows = self.tables.get("wmi", {}).get(question.what)
        if rows is None:
            return self._missing()
        wanted = question.arguments
        return value(
            tuple(
                Row({k: _plain(v) for k, v in row.items() if not wanted or k in wanted})
                for row in rows
            )
        )


def _unasked() -> Reading[Any]:
    return nothing(Outcome.UNSUPPORTED, "not in the recording")


def _machine(table: Mapping[str, Any]) -> Machine:
    if table["provenance"] not in {"captured", "constructed"}:
        raise ValueError("provenance is captured or constructed")
    recorded_at = table["recorded_at"]
    if not isinstance(recorded_at, datetime) or recorded_at.tzinfo is None:
        raise ValueError("recorded_at needs a time zone: 2026-11-25T09:00:00Z")
    return Machine(
        title=str(table["title"]),
        provenance=str(table["provenance"]),
        made_from=str(table["made_from"]),
        system=System(table["system"]),
        recorded_at=recorded_at.astimezone(UTC),
        privileged=bool(table["privileged"]),
        device_class=str(table.get("device_class", "assigned")),
        whole=bool(table["whole"]),
    )


def _files(inline: Mapping[str, object], folder: Path) -> dict[str, bytes]:
    """Return path on the machine -> bytes, from ``[text]`` and from ``files/``."""
    found = {path: str(content).encode() for path, content in inline.items()}
    base = folder / "files"
    for path in sorted(base.rglob("*")):
        if path.is_file():
            found["/" + path.relative_to(base).as_posix()] = path.read_bytes()
    return found


def _folders(
    listed: Mapping[str, list[str]], files: Mapping[str, bytes]
) -> dict[str, tuple[str, ...]]:
    """Return folder -> names: what ``[folders]`` lists, and what the files imply."""
    names: dict[str, set[str]] = {path: set(entries) for path, entries in listed.items()}
    for path in (*files, *listed):
        parts = path.split("/")
        for depth in range(1, len(parts)):
            parent = "/".join(parts[:depth]) or "/"
            if parts[depth]:
                names.setdefault(parent, set()).add(parts[depth])
    return {path: tuple(sorted(entries)) for path, entries in names.items()}


def _plain(found: object) -> Plain:
    match found:
        case bool() | int() | float() | str():
            return found
        case list() | tuple():
            return tuple(_plain(entry) for entry in found)
        case dict():
            return Row({str(key): _plain(entry) for key, entry in found.items()})
        case _:
            return str(found)


def _registry_value(found: object) -> int | str | bytes | tuple[str, ...]:
    """Return a registry value: an integer, text, ``{hex = "..."}``, or a list of texts."""
    match found:
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case list():
            return tuple(str(entry) for entry in found)
        case int() | str():
            return found
        case _:
            return str(found)
