"""The other Win32 calls: each one fixed, without rights where it can be, in microseconds."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these calls are Windows' own")

import ctypes
import tempfile
from ctypes import wintypes
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pywintypes
import win32api
import win32con
import win32file
import win32service

from tutelage_agent.host import Row, commands
from tutelage_agent.host.allowed.windows import SECURITY_POLICY
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_agent.host.windows_codes import failed
from tutelage_agent.host.windows_structs import PropertyKey, TpmDeviceInfo, guid

if TYPE_CHECKING:
    from collections.abc import Callable

_TBS_NOT_FOUND = 0x8028400F
_BITLOCKER = ("2d15a9a1-a556-4189-91ad-027458f11a07", 1717)
"""``System.Volume.BitLockerProtection``."""
_SHELL_ITEM2 = "7e9fb0d3-919f-4307-ab2e-9b1860310c93"
_GET_INT32 = 16
"""Place of ``IShellItem2::GetInt32`` in its table of functions."""
_KINDS = {2: "removable", 3: "fixed", 4: "network", 5: "optical", 6: "memory"}


def processes(*, paths: bool) -> Reading[object]:
    """Return the names, or the full paths, of running programs."""
    found = set()
    for process in psutil.process_iter(["exe" if paths else "name"]):
        text = process.info["exe" if paths else "name"]
        if text:
            found.add(str(text))
    if not found:
        return nothing(Outcome.ERROR, "not even this program is seen")
    return value(tuple(sorted(found)))


def volumes() -> Reading[object]:
    """Return every letter with its kind and file system."""
    rows = []
    try:
        for root in win32api.GetLogicalDriveStrings().split("\0"):
            if not root:
                continue
            kind = _KINDS.get(int(win32file.GetDriveType(root)), "unknown")
            rows.append(Row({"letter": root[:2], "kind": kind}))
    except pywintypes.error as error:
        return failed(error.winerror, "GetLogicalDriveStrings")
    return value(tuple(rows))


def service(name: str) -> Reading[object]:
    """Return a service's state (4: runs) and start type (4: disabled)."""
    try:
        manager = win32service.OpenSCManager(None, None, win32con.GENERIC_READ)
        try:
            wanted = win32service.SERVICE_QUERY_STATUS | win32service.SERVICE_QUERY_CONFIG
            handle = win32service.OpenService(manager, name, wanted)
            try:
                state = win32service.QueryServiceStatus(handle)[1]
                start = win32service.QueryServiceConfig(handle)[1]
            finally:
                win32service.CloseServiceHandle(handle)
        finally:
            win32service.CloseServiceHandle(manager)
    except pywintypes.error as error:
        return failed(error.winerror, f"service {name}")
    return value(Row({"state": int(state), "start": int(start)}))


def firmware_type() -> Reading[object]:
    """Return 1 for BIOS, 2 for UEFI (``GetFirmwareType``)."""
    kind = wintypes.DWORD()
    if not ctypes.windll.kernel32.GetFirmwareType(ctypes.byref(kind)):
        return failed(ctypes.GetLastError(), "GetFirmwareType")
    return value(int(kind.value))


def tbs_version() -> Reading[object]:
    """Return 0 without a TPM, 1 for 1.2, 2 for 2.0 (``Tbsi_GetDeviceInfo``)."""
    info = TpmDeviceInfo()
    result = ctypes.windll.tbs.Tbsi_GetDeviceInfo(ctypes.sizeof(info), ctypes.byref(info))
    if result & 0xFFFFFFFF == _TBS_NOT_FOUND:
        return value(0)
    if result:
        return failed(result, "Tbsi_GetDeviceInfo")
    return value(int(info.tpm_version))


def wsc_health(provider: str) -> Reading[object]:
    """Return 0 good, 1 not monitored, 2 poor, 3 snoozed (``WscGetSecurityProviderHealth``)."""
    health = ctypes.c_int()
    result = ctypes.windll.wscapi.WscGetSecurityProviderHealth(int(provider), ctypes.byref(health))
    if result == 1:  # S_FALSE: its service does not run, and the number means nothing.
        return nothing(Outcome.ERROR, "the Security Center service does not run")
    if result:
        return failed(result, "WscGetSecurityProviderHealth")
    return value(int(health.value))


def power_index(kind: str, group: str, setting: str) -> Reading[object]:
    """Return a setting of the active power scheme on mains (``ac``) or battery (``dc``)."""
    power = ctypes.windll.powrprof
    scheme = ctypes.c_void_p()
    if code := power.PowerGetActiveScheme(None, ctypes.byref(scheme)):
        return failed(code, "PowerGetActiveScheme")
    try:
        read = power.PowerReadACValueIndex if kind == "ac" else power.PowerReadDCValueIndex
        number = wintypes.DWORD()
        code = read(
            None, scheme, ctypes.byref(guid(group)), ctypes.byref(guid(setting)),
            ctypes.byref(number),
        )  # fmt: skip
    finally:
        ctypes.windll.kernel32.LocalFree(scheme)
    return failed(code, "PowerReadValueIndex") if code else value(int(number.value))


def shell_bitlocker(letter: str) -> Reading[object]:
    """Return the shell's ``System.Volume.BitLockerProtection`` of ``C:``; needs no rights."""
    item, identifier = ctypes.c_void_p(), guid(_SHELL_ITEM2)
    ctypes.windll.ole32.CoInitializeEx(None, 0)
    try:
        shell = ctypes.windll.shell32
        result = shell.SHCreateItemFromParsingName(
            ctypes.c_wchar_p(f"{letter[:1]}:\\"), None, ctypes.byref(identifier), ctypes.byref(item)
        )
        if result:
            return failed(result, "SHCreateItemFromParsingName")
        table = ctypes.cast(item, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
        key, number = PropertyKey(guid(_BITLOCKER[0]), _BITLOCKER[1]), ctypes.c_int()
        get = ctypes.WINFUNCTYPE(
            ctypes.c_long,
            ctypes.c_void_p,
            ctypes.POINTER(PropertyKey),
            ctypes.POINTER(ctypes.c_int),
        )(table[_GET_INT32])
        release = ctypes.WINFUNCTYPE(ctypes.c_ulong, ctypes.c_void_p)(table[2])
        result = get(item, ctypes.byref(key), ctypes.byref(number))
        release(item)
        return failed(result, "BitLockerProtection") if result else value(int(number.value))
    finally:
        ctypes.windll.ole32.CoUninitialize()


def uptime() -> Reading[object]:
    """Return seconds since the start."""
    ticks = ctypes.windll.kernel32.GetTickCount64
    ticks.restype = ctypes.c_ulonglong
    return value(int(ticks() // 1000))


def file_version(path: str) -> Reading[object]:
    """Return a program's file version: ``143.0.7499.41``."""
    try:
        info = win32api.GetFileVersionInfo(path, "\\")
    except pywintypes.error as error:
        return failed(error.winerror, "GetFileVersionInfo")
    high, low = info["FileVersionMS"] & 0xFFFFFFFF, info["FileVersionLS"] & 0xFFFFFFFF
    return value(f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}")


def security_policy() -> Reading[object]:
    """Return the text of ``secedit /export``: the only documented way to the complexity switch."""
    with tempfile.TemporaryDirectory(prefix="tutelage-") as folder:
        path = Path(folder) / "policy.inf"
        result = commands.run(SECURITY_POLICY, (str(path),))
        if not result.seen:
            return nothing(result.outcome, result.detail)
        try:
            return value(path.read_bytes().decode("utf-16"))
        except (OSError, UnicodeError) as error:
            # Without rights it ends well and writes nothing.
            return nothing(Outcome.DENIED, f"secedit wrote no policy: {type(error).__name__}")


CALLS: dict[str, Callable[..., Reading[object]]] = {
    "file.version": file_version,
    "firmware.type": firmware_type,
    "power.index": power_index,
    "processes": lambda: processes(paths=False),
    "processes.paths": lambda: processes(paths=True),
    "security.policy": security_policy,
    "service": service,
    "shell.bitlocker": shell_bitlocker,
    "tbs.version": tbs_version,
    "uptime": uptime,
    "volumes": volumes,
    "wsc.health": wsc_health,
}
"""Name of a call -> how it is made."""
