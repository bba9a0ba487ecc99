"""A small window for some seconds: its title proves that titles are seen. At an X11 desktop."""

from __future__ import annotations

import contextlib
import select
import time
from typing import Any

from Xlib import X, Xutil, display, error, xauth  # noqa: F401 - loaded before rights are dropped
from Xlib.protocol import event
from Xlib.support import unix_connect  # noqa: F401

from tutelage_agent.host.foreground.x11 import REFUSED

_WIDTH, _HEIGHT = 380, 60
_INPUT = X.KeyPressMask | X.ButtonPressMask | X.PointerMotionMask
_BY_PAGER = 2
"""Source of _NET_ACTIVE_WINDOW: not a program that wants attention for itself."""

__all__ = ["REFUSED", "show"]


def show(name: str, title: str, text: str, seconds: float, parent: int) -> bool:
    """Show a window in front, and give the focus back; a key or the pointer ends it at once.

    Returns whether it was there for the whole time.

    Args:
        name: of the display.
        title: its title.
        text: what it says inside.
        seconds: how long at most.
        parent: closed by the agent when it ends.

    Raises:
        OSError, Xlib.error.DisplayError: the display does not let us.
    """
    shown = display.Display(name)
    screen = shown.screen()
    before = screen.root.get_full_property(shown.get_atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
    focused = shown.get_input_focus()
    window = screen.root.create_window(
        screen.width_in_pixels - _WIDTH - 24, screen.height_in_pixels - _HEIGHT - 64, _WIDTH,
        _HEIGHT, 1, X.CopyFromParent, background_pixel=screen.white_pixel,
        event_mask=_INPUT | X.ExposureMask,
    )  # fmt: skip
    window.set_wm_name(title)
    window.change_property(
        shown.get_atom("_NET_WM_NAME"), shown.get_atom("UTF8_STRING"), 8, title.encode()
    )
    window.change_property(
        shown.get_atom("_NET_WM_WINDOW_TYPE"), shown.get_atom("ATOM"), 32,
        [shown.get_atom("_NET_WM_WINDOW_TYPE_UTILITY")],
    )  # fmt: skip
    window.set_wm_hints(flags=Xutil.InputHint, input=1)
    window.map()
    shown.sync()
    _bring(shown, window, managed=before is not None)
    try:
        return _stay(shown, window, text, time.monotonic() + seconds, parent)
    finally:
        with contextlib.suppress(error.XError):
            window.destroy()
            if before is not None and len(before.value) and before.value[0]:
                old = shown.create_resource_object("window", int(before.value[0]))
                _bring(shown, old, managed=True)
            elif not isinstance(focused.focus, int):
                shown.set_input_focus(focused.focus, focused.revert_to, X.CurrentTime)
            shown.sync()
        shown.close()


def _bring(shown: Any, window: Any, *, managed: bool) -> None:
    if not managed:
        with contextlib.suppress(error.XError):
            shown.sync()
            window.set_input_focus(X.RevertToPointerRoot, X.CurrentTime)
    root = shown.screen().root
    asked = event.ClientMessage(
        window=window, client_type=shown.get_atom("_NET_ACTIVE_WINDOW"),
        data=(32, [_BY_PAGER, X.CurrentTime, 0, 0, 0]),
    )  # fmt: skip
    root.send_event(asked, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
    shown.sync()


def _stay(shown: Any, window: Any, text: str, until: float, parent: int) -> bool:
    """Keep it until the time is over; False if a person did anything, or the agent ended."""
    context = window.create_gc(foreground=shown.screen().black_pixel)
    began = time.monotonic()
    while (left := until - time.monotonic()) > 0:
        while shown.pending_events():
            one = shown.next_event()
            if one.type == X.Expose:
                with contextlib.suppress(error.XError):
                    for number, line in enumerate(text.split("\n")):
                        window.draw_text(context, 12, 24 + 20 * number, line.encode("latin-1"))
            # The window appears below a pointer that nobody moves: that alone is no motion.
            elif one.type in {X.KeyPress, X.ButtonPress} or time.monotonic() - began > 0.5:
                return False
        ready, _, _ = select.select([shown.fileno(), parent], [], [], min(left, 0.5))
        if parent in ready:
            return False
    return True
