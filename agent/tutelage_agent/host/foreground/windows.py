"""The eyes at a Windows desktop: Win32 calls that need no rights, in the person's own session."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these calls are Windows' own")

import ctypes
import time
from ctypes import wintypes

from tutelage_agent.host.foreground.lines import MOST_TITLE, Foreground, is_private

_LIMITED_INFORMATION = 0x1000
LOOK_EVERY = 1.0
"""Seconds. Each look is three calls of a microsecond; only what changed is said."""


class _LastInput(ctypes.Structure):
    _fields_ = (("size", wintypes.UINT), ("ticks", wintypes.DWORD))


class Eyes:
    """Looks at the desktop of this session."""

    def __init__(self, name: str) -> None:
        """``name`` is X11's; there is one desktop here."""
        self._user32, self._kernel32 = ctypes.windll.user32, ctypes.windll.kernel32
        self._user32.GetForegroundWindow.restype = wintypes.HWND
        self._kernel32.OpenProcess.restype = wintypes.HANDLE

    def look(self) -> Foreground | None:
        """Return the window in front; None where there is none (a lock screen)."""
        window = self._user32.GetForegroundWindow()
        if not window:
            return None
        room = ctypes.create_unicode_buffer(MOST_TITLE)
        self._user32.GetWindowTextW(wintypes.HWND(window), room, MOST_TITLE)
        title = room.value
        return Foreground(self._program(window), title, self._idle_seconds(), is_private(title))

    def wait(self, parent: int, longest: float) -> bool:
        """Wait a little. The parent's end shows when a line cannot be written."""
        time.sleep(min(longest, LOOK_EVERY))
        return True

    def _program(self, window: int) -> str:
        number = wintypes.DWORD()
        self._user32.GetWindowThreadProcessId(wintypes.HWND(window), ctypes.byref(number))
        process = self._kernel32.OpenProcess(_LIMITED_INFORMATION, False, number)  # noqa: FBT003
        if not process:
            return ""
        try:
            room, size = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
            handle = wintypes.HANDLE(process)
            query = self._kernel32.QueryFullProcessImageNameW
            if not query(handle, 0, room, ctypes.byref(size)):
                return ""
            return room.value.rpartition("\\")[2]
        finally:
            self._kernel32.CloseHandle(wintypes.HANDLE(process))

    def _idle_seconds(self) -> int:
        last = _LastInput(ctypes.sizeof(_LastInput), 0)
        if not self._user32.GetLastInputInfo(ctypes.byref(last)):
            return -1
        return ((self._kernel32.GetTickCount() - last.ticks) & 0xFFFFFFFF) // 1000


REFUSED = (OSError,)
