"""Recording a machine: every question that the checks asked, with its answer, scrubbed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tutelage_agent.host import (
    CommandResult,
    Door,
    FileStat,
    Host,
    HostError,
    Question,
    Row,
    Session,
)
from tutelage_agent.host.recorded import STATE
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.host.reading import Reading
    from tutelage_agent.host.scrub import Scrubber

INLINE = 600
"""Bytes; a longer file or output becomes a file of the recording."""


class RecordingHost(Host):
    """Another host, and the list of all that was asked of it."""

    def __init__(self, inner: Host) -> None:
        """Wrap ``inner``."""
        self._inner = inner
        self.asked: dict[Question, Reading[object]] = {}
        self.system = inner.system
        self.privileged = inner.privileged
        self.state = inner.state

    def now(self) -> datetime:
        """Return the inner host's moment."""
        return self._inner.now()

    def pseudonym(self, account: str) -> str:
        """Return the inner host's pseudonym."""
        return self._inner.pseudonym(account)

    def remember(self, name: str, content: bytes) -> bool:
        """Keep nothing: a recording leaves no trace on the machine."""
        return bool(name and content) and False

    def answer(self, question: Question) -> Reading[object]:
        """Return the inner host's answer, and note it."""
        reading = self.asked[question] = self._inner.answer(question)
        return reading


def write(host: RecordingHost, folder: Path, *, title: str, scrubber: Scrubber) -> int:
    """Write what was asked of ``host`` as a recorded machine, and return the number of answers.

    Raises:
        HostError: the folder is not empty, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise HostError(f"{folder}: is not empty; name a new folder for the recording")
        text = _Writer(host, folder, scrubber).text(title)
        (folder / "host.toml").write_text(text, "utf-8")
    except OSError as error:
        raise HostError(f"{folder}: cannot be written: {error.strerror}") from error
    return len(host.asked)


class _Writer:
    def __init__(self, host: RecordingHost, folder: Path, scrubber: Scrubber) -> None:
        self._host = host
        self._folder = folder
        self._scrub = scrubber
        self._tables: dict[str, list[str]] = {}
        self._lists: list[str] = []

    def text(self, title: str) -> str:
        for question, reading in self._host.asked.items():
            if reading.seen:
                self._answer(question, reading.value)
            else:
                self._line("outcomes", self._name(str(question)), f'"{reading.outcome}"')
        self._unasked_values()
        machine = (
            "# A recorded machine: see tests/agent/posture/README.md.\n"
            # Nobody signed in is an answer: without it, a replay would not know.
            f"{'sessions = []' if self._nobody() else ''}\n[machine]\n"
            f"title = {_quoted(title)}\n"
            'provenance = "captured"\n'
            'made_from = "tutelage-agent record; names, addresses and secrets scrubbed"\n'
            f'system = "{self._host.system}"\n'
            f"recorded_at = {times.text(self._host.now())}\n"
            f"privileged = {str(self._host.privileged).lower()}\n"
            "whole = false\n"
        )
        tables = (f"\n[{name}]\n" + "".join(lines) for name, lines in self._tables.items())
        return machine + "".join(tables) + "".join(self._lists)

    def _nobody(self) -> bool:
        reading = self._host.asked.get(Question(Door.SESSIONS))
        return reading is not None and reading.seen and reading.value == ()

    def _unasked_values(self) -> None:
        """Name the registry values that were listed and not asked for, without what they hold.

        Whether a key has values is a fact by itself (a browser that has policies is managed).
        """
        asked = {
            (question.what.lower(), question.arguments[0].lower())
            for question, reading in self._host.asked.items()
            if question.door is Door.REGISTRY and reading.seen
        }
        for question, reading in self._host.asked.items():
            if question.door is not Door.REGISTRY_VALUES or not reading.seen:
                continue
            table = f"registry.{_quoted(self._name(question.what))}"
            self._tables.setdefault(table, [])
            for name in reading.value if isinstance(reading.value, tuple) else ():
                if (question.what.lower(), str(name).lower()) not in asked:
                    self._line(table, self._name(str(name)), _quoted("(not asked)"))

    def _name(self, text: str) -> str:
        text = self._scrub.text(text)
        return text.replace(self._host.state, STATE) if self._host.state else text

    def _line(self, table: str, key: str, literal: str) -> None:
        self._tables.setdefault(table, []).append(f"{_quoted(key)} = {literal}\n")

    def _answer(self, question: Question, found: object) -> None:
        key = self._name(str(question).partition(":")[2])
        match found:
            case bytes() if question.door is Door.READ:
                self._file(self._name(question.what), self._scrub.file(question.what, found))
            case FileStat():
                self._line(
                    "stat", key,
                    f"{{ modified_at = {times.text(found.modified_at)}, size = {found.size}, "
                    f"owner = {found.owner}, mode = 0o{found.mode:o} }}",
                )  # fmt: skip
            case CommandResult():
                self._command(key, found)
            case tuple() if question.door is Door.SESSIONS:
                self._sessions(found)
            case tuple() if question.door is Door.FOLDER:
                self._line("folders", key, _literal(self._scrub.names(found)))
            case _:
                self._other(question, key, found)

    def _other(self, question: Question, key: str, found: object) -> None:
        if question.what in {"wtmpdb", "lastlog2"}:
            clean = self._scrub.sign_ins(found)
        else:
            clean = self._scrub.value(found)
        match question.door:
            case Door.CALL:
                self._line("calls", key, _literal(clean))
            case Door.REGISTRY:
                path = self._name(question.what)
                self._line(f"registry.{_quoted(path)}", question.arguments[0], _literal(clean))
            case Door.REGISTRY_KEYS if isinstance(clean, tuple):
                for name in clean:
                    path = _quoted("\\".join((self._name(question.what), str(name))))
                    self._tables.setdefault(f"registry.{path}", [])
            case Door.WMI if isinstance(clean, tuple):
                for row in clean:
                    lines = row.fields.items() if isinstance(row, Row) else ()
                    self._lists.append(
                        f"\n[[wmi.{_quoted(self._name(question.what))}]]\n"
                        + "".join(f"{_quoted(k)} = {_literal(v)}\n" for k, v in lines)
                    )
            case _:
                pass

    def _file(self, path: str, content: bytes) -> None:
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = None
        inline = text is not None and len(content) <= INLINE and "\0" not in text
        if inline or ":" in path:
            self._line("text", path, _quoted(text if text is not None else ""))
            return
        target = self._folder / "files" / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def _command(self, key: str, result: CommandResult) -> None:
        output = self._scrub.text(result.text)
        said = self._scrub.text(result.errors.decode("utf-8", "replace"))[:INLINE]
        # Some programs answer on their error stream (sysadminctl).
        errors = f", errors = {_quoted(said)}" if said else ""
        if len(output) <= INLINE:
            answer = f"output = {_quoted(output)}"
        else:
            name = "".join(c if c.isalnum() or c in "-." else "_" for c in key) + ".out"
            (self._folder / "commands").mkdir(exist_ok=True)
            (self._folder / "commands" / name).write_text(output, "utf-8")
            answer = f'file = "{name}"'
        self._line("commands", key, f"{{ code = {result.code}, {answer}{errors} }}")

    def _sessions(self, found: tuple[object, ...]) -> None:
        for session in found:
            if isinstance(session, Session):
                self._lists.append("\n[[sessions]]\n" + _session_lines(session, self._scrub))


def _session_lines(session: Session, scrub: Scrubber) -> str:
    lines = [
        f"id = {_quoted(session.id)}\naccount = {_quoted(scrub.text(session.account))}\n",
        f"desktop = {_quoted(session.desktop)}\nhome = {_quoted(scrub.text(session.home))}\n",
        f"graphical = {_literal(session.graphical)}\nremote = {_literal(session.remote)}\n",
        f"active = {_literal(session.active)}\n",
    ]
    if session.locked is not None:
        lines.append(f"locked = {_literal(session.locked)}\n")
    if session.idle_since is not None:
        lines.append(f"idle_since = {times.text(session.idle_since)}\n")
    return "".join(lines)


def _quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are a subset of TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _literal(found: object) -> str:
    match found:
        case bool():
            return str(found).lower()
        case int() | float():
            return repr(found)
        case bytes():
            return f'{{ hex = "{found.hex()}" }}'
        case tuple() | list():
            return "[" + ", ".join(_literal(entry) for entry in found) + "]"
        case Row():
            return _table(found.fields)
        case _:
            return _quoted(str(found))


def _table(fields: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{_quoted(k)} = {_literal(v)}" for k, v in fields.items()) + " }"
