"""Where a file says that it came from: the marks that browsers leave beside it.

Windows: the stream ``Zone.Identifier`` (Mark of the Web). macOS: ``com.apple.quarantine`` and
``kMDItemWhereFroms``. Linux: ``user.xdg.origin.url``, which curl and wget write, and
today's browsers do not. The address is only looked up in the lists, here; it goes no further.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from tutelage_agent.sensors.opening import reached

if sys.platform == "darwin":
    import ctypes

MOST_BYTES = 16_384


class Origin(StrEnum):
    """What the mark says."""

    INTERNET = "internet"
    OTHER = "elsewhere"
    """The school's own network, or a trusted site."""
    UNMARKED = "no mark"


@dataclass(frozen=True, slots=True)
class Came:
    """Where from, and the addresses that the mark holds."""

    origin: Origin
    addresses: tuple[str, ...] = field(default=(), repr=False)


MARKED_WITHIN = 0.5
"""Seconds after the last rename within which Windows and macOS browsers set their mark."""


def came_from(path: str) -> Came:
    """Return what the marks of the file at ``path`` say. Never raises."""
    came = _came_from(path)
    if came.origin is Origin.UNMARKED and sys.platform in ("win32", "darwin"):
        time.sleep(MARKED_WITHIN)
        return _came_from(path)
    return came


def _came_from(path: str) -> Came:
    try:
        if sys.platform == "win32":
            return of_zone_identifier(_stream(reached(path) + ":Zone.Identifier"))
        if sys.platform == "darwin":
            return of_quarantine(
                _attribute(path, "com.apple.quarantine"),
                _attribute(path, "com.apple.metadata:kMDItemWhereFroms"),
            )
        return of_origin(_attribute(path, "user.xdg.origin.url"))
    except OSError:
        return Came(Origin.UNMARKED)


def of_zone_identifier(mark: bytes) -> Came:
    """Return what a Mark of the Web says: zone 3 is the internet, 4 restricted sites."""
    fields: dict[str, str] = {}
    for line in mark.decode("utf-8", "replace").splitlines():
        name, _, text = line.partition("=")
        fields.setdefault(name.strip().lower(), text.strip())
    zone = fields.get("zoneid", "")
    addresses = tuple(text for name in ("hosturl", "referrerurl") if (text := fields.get(name, "")))
    if not zone:
        return Came(Origin.UNMARKED)
    return Came(Origin.INTERNET if zone in ("3", "4") else Origin.OTHER, addresses)


def of_quarantine(mark: bytes, where_froms: bytes) -> Came:
    """Return what macOS says: a quarantined file was downloaded."""
    addresses: tuple[str, ...] = ()
    import plistlib  # with its XML parser: on macOS only, where this is called

    with suppress(ValueError, TypeError, plistlib.InvalidFileException, RecursionError):
        found = plistlib.loads(where_froms) if where_froms else []
        if isinstance(found, list):
            addresses = tuple(one for one in found if isinstance(one, str))
    return Came(Origin.INTERNET if mark or addresses else Origin.UNMARKED, addresses)


def of_origin(mark: bytes) -> Came:
    """Return what ``user.xdg.origin.url`` says."""
    address = mark.decode("utf-8", "replace").strip()
    if not address:
        return Came(Origin.UNMARKED)
    web = address.startswith(("http://", "https://", "ftp://"))
    return Came(Origin.INTERNET if web else Origin.OTHER, (address,))


def _stream(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - a stream's name is no path to pathlib
        return file.read(MOST_BYTES)


if sys.platform == "linux":

    def _attribute(path: str, name: str) -> bytes:
        try:
            return os.getxattr(path, name, follow_symlinks=False)[:MOST_BYTES]
        except OSError:
            return b""

elif sys.platform == "darwin":

    def _attribute(path: str, name: str) -> bytes:
        no_follow = 1
        room = ctypes.create_string_buffer(MOST_BYTES)
        get = ctypes.CDLL(None, use_errno=True).getxattr
        get.restype = ctypes.c_ssize_t
        size = get(
            os.fsencode(path), name.encode(), room, ctypes.c_size_t(MOST_BYTES), 0, no_follow
        )
        return room.raw[:size] if size > 0 else b""

else:

    def _attribute(path: str, name: str) -> bytes:
        return b""
