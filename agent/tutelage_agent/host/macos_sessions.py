"""Who is signed in to a Mac, from two property lists of ``ioreg``. Pure."""

from __future__ import annotations

import plistlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from tutelage_agent.host import Session

if TYPE_CHECKING:
    from datetime import datetime

_FIRST = 501


def console_users(content: bytes) -> tuple[dict[str, Any], ...] | None:
    """Return the entries of ``IOConsoleUsers`` of ``ioreg -n Root -d1 -a``; None: another text."""
    found = _loads(content)
    if isinstance(found, list) and found:
        found = found[0]
    users = found.get("IOConsoleUsers") if isinstance(found, dict) else None
    if users is None and isinstance(found, dict) and "IORegistryEntryName" in found:
        return ()  # Nobody is signed in: then the key is not there.
    if not isinstance(users, list):
        return None
    return tuple(user for user in users if isinstance(user, dict))


def idle_seconds(content: bytes) -> int | None:
    """Return seconds since the last key or pointer, of ``HIDIdleTime`` (nanoseconds)."""
    nanoseconds = _find(_loads(content), "HIDIdleTime", 12)
    return nanoseconds // 10**9 if isinstance(nanoseconds, int) and nanoseconds >= 0 else None


def sessions(
    users: tuple[dict[str, Any], ...], idle: int | None, now: datetime, homes: dict[int, str]
) -> tuple[Session, ...]:
    """Return the sessions of people.

    Args:
        users: of ``console_users``.
        idle: of ``idle_seconds``; it is that of the session which has the screen.
        now: the present moment.
        homes: uid -> home folder.
    """
    found = []
    for user in users:
        uid, done = user.get("kCGSSessionUserIDKey"), user.get("kCGSessionLoginDoneKey")
        if not isinstance(uid, int) or isinstance(uid, bool) or uid < _FIRST or done is False:
            continue
        on_console = user.get("kCGSSessionOnConsoleKey") is True
        since = None
        if on_console and idle is not None and idle < 10**8:
            since = now - timedelta(seconds=idle)
        found.append(
            Session(
                id=str(user.get("kCGSSessionIDKey", uid)),
                account=str(uid),
                desktop="aqua",
                active=on_console,
                # The key is only there while the screen is locked.
                locked=user.get("CGSSessionScreenIsLocked") is True if on_console else None,
                idle_since=since,
                home=homes.get(uid, ""),
            )
        )
    return tuple(found)


def _loads(content: bytes) -> Any:
    try:
        return plistlib.loads(content)
    except (
        plistlib.InvalidFileException, ExpatError, ValueError, TypeError, KeyError, IndexError,
        OverflowError, RecursionError, AttributeError, AssertionError, MemoryError,
    ):  # fmt: skip
        return None


def _find(found: Any, key: str, depth: int) -> Any:
    if depth < 0:
        return None
    if isinstance(found, dict):
        if key in found:
            return found[key]
        found = list(found.values())
    for entry in found if isinstance(found, list) else ():
        inner = _find(entry, key, depth - 1)
        if inner is not None:
            return inner
    return None
