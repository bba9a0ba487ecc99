"""The real machine."""

from __future__ import annotations

import hashlib
import hmac
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host import Door, Host, Question, System, commands, files
from tutelage_agent.host.allowed import ALLOWED
from tutelage_agent.host.reading import Outcome, Reading, nothing
from tutelage_wire.times import utc_now

if sys.platform == "win32":
    from tutelage_agent.host import windows as native
elif sys.platform == "darwin":
    from tutelage_agent.host import macos as native
else:
    from tutelage_agent.host import linux as native

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tutelage_wire.times import Clock

_SYSTEMS = {"linux": System.LINUX, "win32": System.WINDOWS, "darwin": System.MACOS}

_STATE = {
    System.LINUX: "/var/lib/tutelage-agent",
    System.MACOS: "/Library/Application Support/tutelage-agent",
    System.WINDOWS: r"C:\ProgramData\tutelage-agent",
}
"""The state folder of an installed agent; ``config`` may name another one."""


class LocalHost(Host):
    """This machine, or the part of it below ``root`` (a mounted disk, a folder in a test)."""

    def __init__(
        self,
        *,
        root: Path = Path("/"),
        state: Path | None = None,
        salt: bytes | None = None,
        clock: Clock = utc_now,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Open the machine.

        Args:
            root: folder that is taken as ``/`` for files. Another root than ``/`` runs no
                programs and has no sessions: those would answer for a different machine.
            state: the agent's state folder; by default that of an installed agent.
            salt: key of account pseudonyms; by default one made from the machine's id.
            clock: gives the present moment.
            environment: further variables for programs run as an account.
        """
        self.system = _SYSTEMS.get(sys.platform, System.OTHER)
        self.privileged = native.privileged()
        self.state = str(state) if state else _STATE.get(self.system, "")
        self._root = root
        self._whole = str(root) == root.anchor
        self._clock = clock
        self._environment = environment or {}
        self._stopping = threading.Event()
        self._salt = salt if salt is not None else _machine_salt(root)

    def stop(self) -> None:
        """End the program that runs, and start none from now on. From any thread."""
        self._stopping.set()

    def now(self) -> datetime:
        """Return the present moment."""
        return self._clock()

    def pseudonym(self, account: str) -> str:
        """Return ``account:`` and 12 hex digits of a keyed hash."""
        return pseudonym(self._salt, account)

    def remember(self, name: str, content: bytes) -> bool:
        """Keep ``content`` in the state folder.

        A folder that cannot be written keeps nothing, and nor does a host that stops: what it
        saw last was cut short, and must not stand for a whole look until tomorrow.
        """
        if self._stopping.is_set():
            return False
        folder = Path(self.state)
        try:
            handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).replace(folder / name)
        except OSError:
            return False
        return True

    def answer(self, question: Question) -> Reading[object]:
        """Return what the machine answers."""
        match question.door:
            case Door.READ:
                head = int(question.arguments[0]) if question.arguments else None
                return files.read(self._path(question.what), head)
            case Door.FOLDER:
                return files.folder(self._path(question.what))
            case Door.STAT:
                return files.stat(self._path(question.what))
            case _ if not self._whole:
                return nothing(Outcome.UNSUPPORTED, "a folder, not a running machine")
            case Door.RUN:
                return self._run(question)
            case _:
                return native.answer(question)

    def _path(self, path: str) -> Path:
        if self._whole or (self.state and path.startswith(self.state)):
            return Path(path)
        return self._root / path.lstrip("/")

    def _run(self, question: Question) -> Reading[object]:
        command = ALLOWED[self.system].get(question.what)
        if command is None:
            return nothing(Outcome.UNSUPPORTED, f"{question.what} is not a program of this system")
        if not question.account:
            return commands.run(command, question.arguments, stopping=self._stopping)
        if not command.as_account:
            return nothing(Outcome.ERROR, f"{command.id} is not to be run as an account")
        context = native.context(question.account)
        if not context.seen:
            return nothing(context.outcome, context.detail)
        return commands.run(
            command,
            question.arguments,
            environment={**dict(context.value.environment), **self._environment},
            account=context.value.uid,
            group=context.value.gid,
            stopping=self._stopping,
        )


def pseudonym(salt: bytes, account: str) -> str:
    """Return ``account:`` and 12 hex digits of HMAC-SHA-256: no way back without the salt."""
    return "account:" + hmac.new(salt, account.encode(), hashlib.sha256).hexdigest()[:12]


def _machine_salt(root: Path) -> bytes:
    """Return a key that stays on this device; the runner gives a secret one instead."""
    found = files.read(root / "etc/machine-id")
    return b"tutelage pseudonym\0" + (found.value if found.seen else os.urandom(16))
