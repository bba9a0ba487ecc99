"""One collector at a time on one state folder: two writers would each believe to be the only."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Self

from tutelage_collector.errors import ServeError

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
    """Held inside its block, or until the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of ``folder``.

        Raises:
            ServeError: another collector holds it, or the folder cannot be written.
        """
        path = folder / "collector.lock"
        try:
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ServeError(
                f"{path}: cannot be written ({error.strerror}); give the collector's account "
                f"write access to {folder}"
            ) from error
        try:
            _lock(self._handle)
        except OSError as error:
            os.close(self._handle)
            raise ServeError(
                f"{folder}: another collector is serving from this folder; stop it first"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)
