"""Where the folders of those lie who are signed in at this Windows.

The profile of another account is not beside a service's own, may have another name than the
account (``j.doe.SCHOOL``), and its folders may have been moved to a drive, a server or OneDrive:
the registry says where.
"""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these places are Windows' own")

import re
import winreg
from typing import TYPE_CHECKING

import pywintypes
import win32security
import win32ts

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROFILES = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
_FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
_WANTED = ("Desktop", "Personal", "My Pictures", "{374DE290-123F-4565-9164-39C4925E467B}")
"""Desktop, Documents, Pictures, Downloads (FOLDERID_Downloads)."""
_READ = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
_VARIABLE = re.compile(r"%(\w+)%")


def signed_in() -> Iterator[tuple[str, str]]:
    """Yield account and SID of each session of a person, of the disconnected ones too."""
    server = win32ts.WTS_CURRENT_SERVER_HANDLE
    try:
        sessions = win32ts.WTSEnumerateSessions(server)
    except (pywintypes.error, NotImplementedError):
        return
    for session in sessions:
        number = session["SessionId"]
        try:
            name = win32ts.WTSQuerySessionInformation(server, number, win32ts.WTSUserName)
            if not name:
                continue
            domain = win32ts.WTSQuerySessionInformation(server, number, win32ts.WTSDomainName)
            account = f"{domain}\\{name}" if domain else str(name)
            yield account, _sid(number, account)
        except pywintypes.error:
            continue  # it ended in between


def _sid(session: int, account: str) -> str:
    try:
        # Only the system may ask for a token; it also knows accounts that no lookup finds (Entra).
        token = win32ts.WTSQueryUserToken(session)
        binary = win32security.GetTokenInformation(token, win32security.TokenUser)[0]
        token.Close()
    except pywintypes.error:
        binary = win32security.LookupAccountName(None, account)[0]
    return str(win32security.ConvertSidToStringSid(binary))


def home(sid: str) -> str:
    """Return the folder of an account's profile; "" where it has none."""
    found = _value(winreg.HKEY_LOCAL_MACHINE, rf"{_PROFILES}\{sid}", "ProfileImagePath")
    return winreg.ExpandEnvironmentStrings(found) if found else ""


def redirected(sid: str, profile: str) -> tuple[str, ...]:
    """Return the folders that lie outside of where a profile has them at first."""
    found = []
    for name in _WANTED:
        folder = expanded(_value(winreg.HKEY_USERS, rf"{sid}\{_FOLDERS}", name), profile)
        if folder and not folder.lower().startswith(profile.lower() + "\\"):
            found.append(folder)
    return tuple(found)


def expanded(folder: str, profile: str) -> str:
    """Return a folder with the account's own variables, not the service's; "" if one is unknown."""
    known = {"USERPROFILE": profile, "HOMEDRIVE": profile[:2], "HOMEPATH": profile[2:]}
    named = [name.upper() for name in _VARIABLE.findall(folder)]
    if any(name not in known for name in named):
        return ""
    return _VARIABLE.sub(lambda found: known[found[1].upper()], folder).rstrip("\\")


def _value(root: int, key: str, name: str) -> str:
    try:
        with winreg.OpenKey(root, key, 0, _READ) as opened:
            found, _ = winreg.QueryValueEx(opened, name)
    except OSError:
        return ""
    return found if isinstance(found, str) else ""
