"""Accounts and sessions of this Windows, through netapi32 and wtsapi32."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these calls are Windows' own")

import ctypes
from ctypes import wintypes
from typing import TYPE_CHECKING

import pywintypes
import win32api
import win32net
import win32security
import win32ts

from tutelage_agent.host import Row, Session
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_agent.host.windows_codes import failed
from tutelage_agent.host.windows_structs import session_info

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

ADMINISTRATORS = "S-1-5-32-544"
_INFO_EX = 25
"""``WTSSessionInfoEx``."""


def modals() -> Reading[object]:
    """Return the local password and lockout policy (``NetUserModalsGet`` 0 and 3)."""
    try:
        policy = win32net.NetUserModalsGet(None, 0)
        lockout = win32net.NetUserModalsGet(None, 3)
    except pywintypes.error as error:
        return failed(error.winerror, "NetUserModalsGet")
    return value(
        Row(
            {
                "min_length": int(policy["min_passwd_len"]),
                "history": int(policy["password_hist_len"]),
                "lockout_threshold": int(lockout["lockout_threshold"]),
            }
        )
    )


def users() -> Reading[object]:
    """Return the local accounts: SID, name, flags."""
    rows = []
    resume = 0
    try:
        while True:
            batch, _, resume = win32net.NetUserEnum(None, 1, 2, resume)
            for entry in batch:
                sid, _, _ = win32security.LookupAccountName(None, entry["name"])
                text = win32security.ConvertSidToStringSid(sid)
                rows.append(
                    Row({"sid": text, "name": str(entry["name"]), "flags": int(entry["flags"])})
                )
            if not resume:
                return value(tuple(rows))
    except pywintypes.error as error:
        return failed(error.winerror, "NetUserEnum")


def administrators() -> Reading[object]:
    """Return the SIDs of the direct members of the administrators' group, whatever its name."""
    try:
        group = win32security.ConvertStringSidToSid(ADMINISTRATORS)
        name, _, _ = win32security.LookupAccountSid(None, group)
        members, _, _ = win32net.NetLocalGroupGetMembers(None, name, 0)
        sids = (win32security.ConvertSidToStringSid(member["sid"]) for member in members)
        return value(tuple(sorted(sids)))
    except pywintypes.error as error:
        return failed(error.winerror, "NetLocalGroupGetMembers")
    except MemoryError:
        return nothing(Outcome.ERROR, "NetLocalGroupGetMembers gave a list without an end")


def session_administrator(session: str) -> Reading[object]:
    """Tell whether the token of a session has the administrators' group, nested groups included.

    A filtered token (UAC) has it for denying only: that is an administrator all the same.
    """
    try:
        token = win32ts.WTSQueryUserToken(int(session))
        groups = win32security.GetTokenInformation(token, win32security.TokenGroups)
        sids = {win32security.ConvertSidToStringSid(sid) for sid, _ in groups}
        return value(ADMINISTRATORS in sids)
    except (pywintypes.error, ValueError) as error:
        return failed(getattr(error, "winerror", 87), "WTSQueryUserToken")


def sessions() -> Reading[tuple[Session, ...]]:
    """Return who is signed in now; services and the sign-in screen have no account."""
    try:
        listed = win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE)
    except pywintypes.error as error:
        reading = failed(error.winerror, "WTSEnumerateSessions")
        return nothing(reading.outcome, reading.detail)
    found = []
    for entry in listed:
        number, state = int(entry["SessionId"]), int(entry["State"])
        try:
            account = _account(number)
        except pywintypes.error as error:
            reading = failed(error.winerror, "WTSQuerySessionInformation")
            return nothing(reading.outcome, reading.detail)
        if not account:
            continue
        locked, since = _info(number)
        found.append(
            Session(
                id=str(number),
                account=account,
                desktop="windows",
                remote=_remote(number),
                active=state == win32ts.WTSActive,
                locked=locked,
                idle_since=since,
            )
        )
    return value(tuple(found))


def _account(session: int) -> str:
    """Return the SID of a session's account; empty: nobody is signed in there."""
    handle = win32ts.WTS_CURRENT_SERVER_HANDLE
    name = win32ts.WTSQuerySessionInformation(handle, session, win32ts.WTSUserName)
    if not name:
        return ""
    domain = win32ts.WTSQuerySessionInformation(handle, session, win32ts.WTSDomainName)
    try:
        # Only the system may ask for a token; it also knows accounts that no lookup finds.
        token = win32ts.WTSQueryUserToken(session)
        sid = win32security.GetTokenInformation(token, win32security.TokenUser)[0]
    except pywintypes.error:
        if session == _own_session():
            own = win32security.OpenProcessToken(
                win32api.GetCurrentProcess(), win32security.TOKEN_QUERY
            )
            sid = win32security.GetTokenInformation(own, win32security.TokenUser)[0]
        else:
            sid = win32security.LookupAccountName(None, f"{domain}\\{name}")[0]
    return str(win32security.ConvertSidToStringSid(sid))


def _own_session() -> int:
    number = wintypes.DWORD()
    kernel = ctypes.windll.kernel32
    ok = kernel.ProcessIdToSessionId(kernel.GetCurrentProcessId(), ctypes.byref(number))
    return int(number.value) if ok else -1


def _remote(session: int) -> bool:
    handle = win32ts.WTS_CURRENT_SERVER_HANDLE
    try:
        protocol = win32ts.WTSQuerySessionInformation(
            handle, session, win32ts.WTSClientProtocolType
        )
    except pywintypes.error:
        return False
    return int(protocol or 0) == 2  # WTS_PROTOCOL_TYPE_RDP


def _info(session: int) -> tuple[bool | None, datetime | None]:
    """Return whether a session is locked, and its last input, where Windows says so."""
    buffer, size = ctypes.c_void_p(), wintypes.DWORD()
    terminal = ctypes.windll.wtsapi32
    ok = terminal.WTSQuerySessionInformationW(
        None, session, _INFO_EX, ctypes.byref(buffer), ctypes.byref(size)
    )
    if not ok or not buffer.value:
        return None, None
    try:
        content = ctypes.string_at(buffer.value, size.value)
    finally:
        terminal.WTSFreeMemory(buffer)
    return session_info(content) or (None, None)


CALLS: dict[str, Callable[..., Reading[object]]] = {
    "net.administrators": administrators,
    "net.modals": modals,
    "net.users": users,
    "session.administrator": session_administrator,
}
"""Name of a call -> how it is made."""
