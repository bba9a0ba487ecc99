"""The eyes at a Mac's desktop: CGWindowList of CoreGraphics, as Apple documents it.

Titles need the permission Screen Recording, which ICT gives by a profile (PPPC); without it the
name of the program is there and its title is not, which ``look`` tells by raising.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import select
from typing import Any

from tutelage_agent.host.foreground.lines import MOST_TITLE, Foreground, is_private

_ON_SCREEN_ONLY, _NO_DESKTOP_ELEMENTS = 1, 16
_UTF8 = 0x08000100
_INT64 = 4
_ANY_INPUT = 0xFFFFFFFF
LOOK_EVERY = 2.0
"""Seconds."""


class Eyes:
    """Looks at the desktop of this session."""

    def __init__(self, name: str) -> None:
        """``name`` is X11's; there is one desktop here.

        Raises:
            OSError: no permission to read titles.
        """
        self._cf = ctypes.CDLL(ctypes.util.find_library("CoreFoundation"))
        self._cg = ctypes.CDLL(ctypes.util.find_library("CoreGraphics"))
        signatures: tuple[tuple[Any, list[Any], Any], ...] = (
            (self._cf.CFArrayGetCount, [ctypes.c_void_p], ctypes.c_long),
            (self._cf.CFArrayGetValueAtIndex, [ctypes.c_void_p, ctypes.c_long], ctypes.c_void_p),
            (self._cf.CFDictionaryGetValue, [ctypes.c_void_p] * 2, ctypes.c_void_p),
            (self._cf.CFRelease, [ctypes.c_void_p], None),
            (
                self._cf.CFStringGetCString,
                [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_long, ctypes.c_uint32],
                ctypes.c_bool,
            ),
            (
                self._cf.CFNumberGetValue,
                [ctypes.c_void_p, ctypes.c_long, ctypes.c_void_p],
                ctypes.c_bool,
            ),
            (
                self._cg.CGWindowListCopyWindowInfo,
                [ctypes.c_uint32, ctypes.c_uint32],
                ctypes.c_void_p,
            ),
            (
                self._cg.CGEventSourceSecondsSinceLastEventType,
                [ctypes.c_int32, ctypes.c_uint32],
                ctypes.c_double,
            ),
        )
        for call, kinds, answer in signatures:
            call.argtypes, call.restype = kinds, answer
        if not self._cg.CGPreflightScreenCaptureAccess():
            raise PermissionError("Screen Recording was not granted")

    def look(self) -> Foreground | None:
        """Return the frontmost window of the ordinary layer; None where there is none."""
        listed = self._cg.CGWindowListCopyWindowInfo(_ON_SCREEN_ONLY | _NO_DESKTOP_ELEMENTS, 0)
        if not listed:
            return None
        try:
            for place in range(self._cf.CFArrayGetCount(listed)):
                window = self._cf.CFArrayGetValueAtIndex(listed, place)
                if self._number(window, "kCGWindowLayer") == 0:
                    title = self._text(window, "kCGWindowName")
                    owner = self._text(window, "kCGWindowOwnerName")
                    return Foreground(owner, title, self._idle_seconds(), is_private(title))
        finally:
            self._cf.CFRelease(listed)
        return None

    def wait(self, parent: int, longest: float) -> bool:
        """Wait a little; False once the parent has closed its end."""
        ready, _, _ = select.select([parent], [], [], min(longest, LOOK_EVERY))
        return parent not in ready

    def _value(self, window: Any, key: str) -> Any:
        name = ctypes.c_void_p.in_dll(self._cg, key)
        return self._cf.CFDictionaryGetValue(window, name)

    def _text(self, window: Any, key: str) -> str:
        found, room = self._value(window, key), ctypes.create_string_buffer(MOST_TITLE * 4)
        if not found or not self._cf.CFStringGetCString(found, room, len(room), _UTF8):
            return ""
        return room.value.decode("utf-8", "replace")[:MOST_TITLE]

    def _number(self, window: Any, key: str) -> int | None:
        found, number = self._value(window, key), ctypes.c_int64()
        if not found or not self._cf.CFNumberGetValue(found, _INT64, ctypes.byref(number)):
            return None
        return number.value

    def _idle_seconds(self) -> int:
        combined_session = 0
        return int(self._cg.CGEventSourceSecondsSinceLastEventType(combined_session, _ANY_INPUT))


REFUSED = (OSError, AttributeError)
