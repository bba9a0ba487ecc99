"""The structures of Win32 calls that have no wrapper, and how their bytes are read. Pure."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

WTS_SESSIONSTATE_LOCK, WTS_SESSIONSTATE_UNLOCK = 0, 1
"""``SessionFlags`` since Windows 8. (Windows 7 had them the other way round.)"""


class Guid(ctypes.Structure):
    """A GUID."""

    _fields_ = (
        ("data1", ctypes.c_uint32),
        ("data2", ctypes.c_uint16),
        ("data3", ctypes.c_uint16),
        ("data4", ctypes.c_ubyte * 8),
    )


class PropertyKey(ctypes.Structure):
    """A property of the shell: a GUID and a number."""

    _fields_ = (("format_id", Guid), ("id", ctypes.c_uint32))


class TpmDeviceInfo(ctypes.Structure):
    """``TPM_DEVICE_INFO`` of tbs.h."""

    _fields_ = (
        ("struct_version", ctypes.c_uint32),
        ("tpm_version", ctypes.c_uint32),
        ("interface_type", ctypes.c_uint32),
        ("implementation_revision", ctypes.c_uint32),
    )


class SessionInfo(ctypes.Structure):
    """``WTSINFOEX_LEVEL1_W`` behind its level number (wtsapi32.h)."""

    _fields_ = (
        ("level", ctypes.c_uint32),
        ("_align", ctypes.c_uint32),
        ("session_id", ctypes.c_uint32),
        ("state", ctypes.c_int32),
        ("flags", ctypes.c_int32),
        ("station", ctypes.c_uint16 * 33),
        ("account", ctypes.c_uint16 * 21),
        ("domain", ctypes.c_uint16 * 18),
        ("logon_time", ctypes.c_int64),
        ("connect_time", ctypes.c_int64),
        ("disconnect_time", ctypes.c_int64),
        ("last_input_time", ctypes.c_int64),
        ("current_time", ctypes.c_int64),
    )


def guid(text: str) -> Guid:
    """Return the GUID of ``xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx``.

    Raises:
        ValueError: ``text`` is not one.
    """
    parts = text.strip("{}").split("-")
    if [len(part) for part in parts] != [8, 4, 4, 4, 12]:
        raise ValueError(f"{text!r} is not a GUID")
    tail = (ctypes.c_ubyte * 8)(*bytes.fromhex(parts[3] + parts[4]))
    return Guid(int(parts[0], 16), int(parts[1], 16), int(parts[2], 16), tail)


def session_info(content: bytes) -> tuple[bool | None, datetime | None] | None:
    """Return (locked, last input) of a ``WTSINFOEX``; None for bytes that are not one.

    The last input is None where Windows does not say: many builds give 0 for the console.
    """
    if len(content) < ctypes.sizeof(SessionInfo):
        return None
    info = SessionInfo.from_buffer_copy(content)
    if info.level != 1:
        return None
    locked = {WTS_SESSIONSTATE_LOCK: True, WTS_SESSIONSTATE_UNLOCK: False}.get(info.flags)
    ticks = int(info.last_input_time)
    moment = None
    if 0 < ticks < 1 << 61:
        try:
            moment = _EPOCH + timedelta(microseconds=ticks // 10)
        except OverflowError:
            moment = None
    return locked, moment
