"""A small window for some seconds: its title proves that titles are seen. At a Windows desktop."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these calls are Windows' own")

import ctypes
import time
from ctypes import wintypes

_POPUP, _CAPTION, _VISIBLE, _TOPMOST = 0x80000000, 0x00C00000, 0x10000000, 0x00000008
_WIDTH, _HEIGHT, _SCREEN_WIDTH, _SCREEN_HEIGHT = 380, 100, 0, 1
_REMOVE = 1

REFUSED = (OSError,)


class _LastInput(ctypes.Structure):
    _fields_ = (("size", wintypes.UINT), ("ticks", wintypes.DWORD))


def show(name: str, title: str, text: str, seconds: float, parent: int) -> bool:
    """Show a window in front and give the focus back; any input of a person ends it at once.

    Returns whether it was there for the whole time.

    Windows lets a program of the background come in front only where nobody has given input for
    some minutes (ForegroundLockTimeout, 200 seconds by default): that is when it is asked.

    Raises:
        OSError: this session shows no window.
    """
    user32 = ctypes.windll.user32
    user32.CreateWindowExW.restype = wintypes.HWND
    user32.GetForegroundWindow.restype = wintypes.HWND
    before = user32.GetForegroundWindow()
    last = _last_input()
    left = user32.GetSystemMetrics(_SCREEN_WIDTH) - _WIDTH - 24
    top = user32.GetSystemMetrics(_SCREEN_HEIGHT) - _HEIGHT - 64
    window = user32.CreateWindowExW(
        _TOPMOST, "STATIC", title, _POPUP | _CAPTION | _VISIBLE, left, top, _WIDTH, _HEIGHT,
        None, None, None, None,
    )  # fmt: skip
    if not window:
        raise OSError("no window can be shown in this session")
    try:
        user32.SetForegroundWindow(wintypes.HWND(window))
        until, message = time.monotonic() + seconds, wintypes.MSG()
        while time.monotonic() < until and _last_input() == last:
            while user32.PeekMessageW(ctypes.byref(message), None, 0, 0, _REMOVE):
                user32.DispatchMessageW(ctypes.byref(message))
            time.sleep(0.1)
        return _last_input() == last
    finally:
        user32.DestroyWindow(wintypes.HWND(window))
        if before:
            user32.SetForegroundWindow(wintypes.HWND(before))


def _last_input() -> int:
    last = _LastInput(ctypes.sizeof(_LastInput), 0)
    ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last))
    return int(last.ticks)
