"""Hears from the kernel of every opening of a folder and of what lies directly in it (inotify)."""

from __future__ import annotations

import ctypes
import os
import select
import struct
from pathlib import Path

_IN_ACCESS, _IN_OPEN = 0x1, 0x20
_HEADER = struct.Struct("iIII")


class Opens:
    """Watches every folder at and below ``top``, from now on."""

    def __init__(self, top: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, str] = {}
        for folder, _, _ in os.walk(top):
            number = libc.inotify_add_watch(
                self._descriptor, os.fsencode(folder), _IN_OPEN | _IN_ACCESS
            )
            assert number >= 0, ctypes.get_errno()
            self._folders[number] = folder
        self.seen()  # the walk itself

    def seen(self) -> set[str]:
        """Return the paths that were opened or read since the last call."""
        found: set[str] = set()
        while select.select([self._descriptor], [], [], 0)[0]:
            data = os.read(self._descriptor, 1 << 16)
            while data:
                number, _, _, length = _HEADER.unpack_from(data)
                name = data[_HEADER.size : _HEADER.size + length].rstrip(b"\0")
                found.add(str(Path(self._folders[number], os.fsdecode(name))))
                data = data[_HEADER.size + length :]
        return found

    def close(self) -> None:
        os.close(self._descriptor)
