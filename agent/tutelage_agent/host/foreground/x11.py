"""The eyes at an X11 desktop: EWMH properties, told by the server when they change."""

from __future__ import annotations

import contextlib
import importlib
import select
from pathlib import Path
from typing import TYPE_CHECKING, Any

from Xlib import X, display, error, ext, xauth  # noqa: F401 - xauth: see below
from Xlib.support import unix_connect  # noqa: F401

from tutelage_agent.host.foreground.lines import MOST_TITLE, Foreground, is_private

if TYPE_CHECKING:
    from collections.abc import Callable

# The library loads the rest when a display is opened; by then the child may be an account that
# cannot read our folders.
for _, _name in ext.__extensions__:
    importlib.import_module(f"Xlib.ext.{_name}")

UNMANAGED_LOOK_EVERY = 1.0
"""Seconds; without a window manager nobody tells that another window got the keyboard."""


class Eyes:
    """Looks at one display."""

    def __init__(self, name: str) -> None:
        """Connect.

        Raises:
            OSError, Xlib.error.DisplayError: the display does not let us.
        """
        self._display = display.Display(name)
        self._root = self._display.screen().root
        self._root.change_attributes(event_mask=X.PropertyChangeMask)
        self._atom: Callable[[str], int] = self._display.get_atom
        self._watched = 0
        self._managed = False
        self._idle = self._display.has_extension("MIT-SCREEN-SAVER")

    def look(self) -> Foreground | None:
        """Return the window in front; None where there is none."""
        try:
            window = self._active()
            if window is None:
                return None
            title = self._title(window)
            return Foreground(self._program(window), title, self._idle_seconds(), is_private(title))
        except error.XError:  # it was closed while it was looked at
            return None

    def wait(self, parent: int, longest: float) -> bool:
        """Wait until something may have changed; False once ``parent`` has closed its end."""
        longest = longest if self._managed else min(longest, UNMANAGED_LOOK_EVERY)
        if not self._display.pending_events():
            ready, _, _ = select.select([self._display.fileno(), parent], [], [], longest)
            if parent in ready:
                return False
        while self._display.pending_events():
            self._display.next_event()
        return True

    def _active(self) -> Any:
        found = self._property(self._root, "_NET_ACTIVE_WINDOW", X.AnyPropertyType)
        self._managed = found is not None
        number = int(found[0]) if found is not None and len(found) else 0
        if number:
            window = self._display.create_resource_object("window", number)
        else:
            focus = self._display.get_input_focus().focus
            if isinstance(focus, int) or focus.id == self._root.id:
                return None
            window = self._named(focus)
        if window is not None and window.id != self._watched:
            window.change_attributes(event_mask=X.PropertyChangeMask)
            self._watched = window.id
        return window

    def _named(self, window: Any) -> Any:
        """Return the window, or the nearest one around it, that has a title."""
        for _ in range(16):
            if self._title(window):
                return window
            parent = window.query_tree().parent
            if isinstance(parent, int) or parent.id == self._root.id:
                return None
            window = parent
        return None

    def _title(self, window: Any) -> str:
        for name in ("_NET_WM_NAME", "WM_NAME"):
            found = self._property(window, name, X.AnyPropertyType)
            if isinstance(found, bytes) and found:
                return found.decode("utf-8", "replace")[:MOST_TITLE]
            if isinstance(found, str) and found:
                return found[:MOST_TITLE]
        return ""

    def _program(self, window: Any) -> str:
        found = self._property(window, "_NET_WM_PID", X.AnyPropertyType)
        if found is not None and len(found):
            with contextlib.suppress(OSError):
                return Path(f"/proc/{int(found[0])}/comm").read_text("utf-8", "replace").strip()
        with contextlib.suppress(error.XError, UnicodeDecodeError, ValueError):
            named = window.get_wm_class()
            return str(named[1]) if named else ""
        return ""

    def _property(self, window: Any, name: str, kind: int) -> Any:
        # At most MOST_TITLE words of four bytes, whatever the window says that it has.
        found = window.get_property(self._atom(name), kind, 0, MOST_TITLE)
        return None if found is None else found.value

    def _idle_seconds(self) -> int:
        if not self._idle:
            return -1
        return int(self._root.screensaver_query_info().idle) // 1000


REFUSED = (error.DisplayError, error.XError, error.ConnectionClosedError, OSError)
"""What says that this display cannot be asked, or is gone."""
