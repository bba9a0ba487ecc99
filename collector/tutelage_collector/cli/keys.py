"""Single keys from a terminal, without waiting for Enter and without showing them."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER = "\n"


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Take keys as they are pressed for as long as the block lasts."""
    if os.name != "posix":
        yield
        return
    import termios
    import tty

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def pressed(seconds: float) -> str:
    """Return what was pressed within some time; "" = nothing."""
    if os.name == "posix":
        import select

        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return ""
        return os.read(sys.stdin.fileno(), 1).decode("ascii", "ignore").replace("\r", ENTER)
    return _pressed_on_windows(seconds)


def _pressed_on_windows(seconds: float) -> str:  # pragma: no cover - another system
    import msvcrt
    import threading

    if not msvcrt.kbhit():  # type: ignore[attr-defined]
        threading.Event().wait(seconds)
    if not msvcrt.kbhit():  # type: ignore[attr-defined]
        return ""
    return str(msvcrt.getwch()).replace("\r", ENTER)  # type: ignore[attr-defined]
