"""One agent at a time on one state folder: two would sign two futures of the same chain."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from tutelage_agent.errors import AgentError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class InstanceLock:
    """Held until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of ``folder``.

        Raises:
            AgentError: another agent holds it, or the folder cannot be written.
        """
        path = folder / "agent.lock"
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise AgentError(
                f"{path}: cannot be written ({error.strerror}): give the agent's account this "
                "folder, or set state_folder in its settings"
            ) from error
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise AgentError(
                f"{folder}: another agent is running on this state; stop it first "
                "(tutelage-agent status shows it)"
            ) from error

    def release(self) -> None:
        """Give the lock back."""
        os.close(self._handle)
