"""At which desktops somebody works now, and as whom they can be asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host.foreground.desktop import Desktop, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

if sys.platform != "win32":
    import pwd

FIRST_PERSONAL_UID = 500
_MOST_BYTES = 65_536
_WANTED = (b"DISPLAY", b"WAYLAND_DISPLAY", b"XAUTHORITY")


def desktops(in_scope: Callable[[str], bool] = lambda account: True) -> list[Desktop]:
    """Return the desktops of people who are signed in; the one at a sign-in screen is nobody's.

    Args:
        in_scope: whether anything of an account may be looked at; of others nothing is read.
    """
    if sys.platform == "linux":
        return _linux(Path("/proc"), in_scope)
    return [one for one in _elsewhere() if in_scope(one.account)]


def _linux(proc: Path, in_scope: Callable[[str], bool]) -> list[Desktop]:
    """Return the desktops by what programs of people's accounts were started with.

    A program with WAYLAND_DISPLAY runs on Wayland; DISPLAY beside it is only for old programs.
    """
    found: dict[tuple[int, str], Desktop] = {}
    wayland: dict[int, Desktop] = {}
    names: dict[int, str] = {}
    for entry in os.scandir(proc):
        if not entry.name.isdigit():
            continue
        try:
            uid = entry.stat().st_uid
            if uid < FIRST_PERSONAL_UID and uid != os.geteuid():
                continue
            if uid not in names:
                name = _name(uid)
                names[uid] = name if name and in_scope(name) else ""
            name = names[uid]
            if not name or (uid < FIRST_PERSONAL_UID and int(entry.name) == os.getpid()):
                continue
            with open(f"{entry.path}/environ", "rb") as file:  # noqa: PTH123 - hundreds of them
                variables = _variables(file.read(_MOST_BYTES))
        except OSError:
            continue
        if b"WAYLAND_DISPLAY" in variables:
            wayland[uid] = Desktop(Kind.WAYLAND, name, uid)
        elif variables.get(b"DISPLAY", b"").startswith(b":"):  # not one that SSH carries along
            display = os.fsdecode(variables[b"DISPLAY"]).partition(".")[0]
            authority = os.fsdecode(variables.get(b"XAUTHORITY", b""))
            if (uid, display) not in found or authority:
                found[uid, display] = Desktop(Kind.X11, name, uid, display, authority)
    return [*wayland.values(), *(one for one in found.values() if one.uid not in wayland)]


def _variables(environment: bytes) -> dict[bytes, bytes]:
    pairs = (part.partition(b"=") for part in environment.split(b"\0"))
    return {name: text for name, _, text in pairs if name in _WANTED and text}


def _name(uid: int) -> str:
    if sys.platform == "win32":
        return ""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _elsewhere() -> list[Desktop]:
    """Return the desktops that the system's own list of sessions has."""
    if sys.platform == "win32":
        from tutelage_agent.host.foreground.windows_sessions import desktops as listed

        return listed()
    from tutelage_agent.host.macos import sessions

    reading = sessions()
    return [
        Desktop(Kind.MACOS, _name(int(one.account)), int(one.account))
        for one in (reading.value if reading.seen else ())
        if one.active and one.account.isdigit()
    ]


def is_locked(desktop: Desktop) -> bool:
    """Tell whether the system says that a desktop is locked; False where it does not say."""
    if sys.platform != "linux":
        return False
    from tutelage_agent.host import logind

    reading = logind.sessions()
    return any(
        one.account == str(desktop.uid) and one.graphical and one.locked
        for one in (reading.value if reading.seen else ())
    )
