"""The serial number on the device's case, from the SMBIOS table (DMTF DSP0134, section 7.2)."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

_LINUX = Path("/sys/class/dmi/id/product_serial")
_RSMB = 0x52534D42
_WINDOWS_HEADER = 8
_SYSTEM, _SERIAL_AT, _SHORTEST = 1, 7, 8
_MOST = 64
_NOT_ONE = frozenset({"", "none", "n/a", "not specified", "system serial number", "default string",
                      "to be filled by o.e.m.", "0", "123456789"})  # fmt: skip


def serial() -> str:
    """Return the serial number, or "" where there is none or it cannot be read.

    Linux lets only root read it. It goes to the collector once, at enrolment, so that a device can
    be found in the school's own list.
    """
    return shown(_read())


def serial_of(table: bytes) -> str:
    """Return the serial number that an SMBIOS table gives for the system; "" where it has none."""
    at = 0
    while at + 4 <= len(table):
        kind, length = table[at], table[at + 1]
        end = table.find(b"\0\0", at + length)
        if length < 4 or end < 0:
            return ""
        if kind == _SYSTEM and length >= _SHORTEST:
            strings = table[at + length : end].split(b"\0")
            number = table[at + _SERIAL_AT]
            if not 1 <= number <= len(strings):
                return ""
            return strings[number - 1].decode("ascii", "replace")
        at = end + 2
    return ""


def shown(text: str) -> str:
    """Return a serial number without what makers leave in its place."""
    kept = " ".join("".join(one for one in text if one.isprintable()).split())[:_MOST]
    return "" if kept.casefold() in _NOT_ONE else kept


def _read() -> str:
    if sys.platform == "win32":
        call = ctypes.windll.kernel32.GetSystemFirmwareTable
        size = call(_RSMB, 0, None, 0)
        if size <= _WINDOWS_HEADER:
            return ""
        buffer = ctypes.create_string_buffer(size)
        call(_RSMB, 0, buffer, size)
        return serial_of(buffer.raw[_WINDOWS_HEADER:])
    try:
        return _LINUX.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
