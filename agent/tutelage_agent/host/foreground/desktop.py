"""One person's desktop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What shows the windows."""

    X11 = "x11"
    WAYLAND = "wayland"
    WINDOWS = "windows"
    MACOS = "macos"


@dataclass(frozen=True, slots=True)
class Desktop:
    """One person's desktop."""

    kind: Kind
    account: str
    """As the operating system names it."""
    uid: int = 0
    """POSIX; on Windows the number of the session."""
    display: str = ""
    authority: str = ""
    """Path of the file with the key to the display; the child reads it as the account."""
