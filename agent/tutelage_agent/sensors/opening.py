"""Open a file that somebody else may be changing, without following, waiting or hindering.

The agent reads as a privileged service what a pupil controls: a symbolic link must not lead it
elsewhere, a named pipe must not hold it, and on Windows an open file must not stop the word
processor from renaming its document.
"""

from __future__ import annotations

import errno
import functools
import os
import stat
import sys
from dataclasses import dataclass
from typing import BinaryIO

from tutelage_agent.sensors.cursor import Seen

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes
else:
    import pwd

FIRST_PERSONAL_UID = 500
"""Below it are the system's own accounts (macOS begins people at 501, Linux at 1000)."""


class UnreadableError(Exception):
    """The file cannot be read now: locked, gone offline, not permitted. Try again later."""


class NotAFileError(Exception):
    """The path is a link, a folder, a pipe or a device, or gone: nothing to read."""


class OnlineOnlyError(NotAFileError):
    """It lies with the cloud's provider alone: opening it would fetch it over the network."""


_RECALLED = 0x1000 | 0x40000 | 0x400000
"""FILE_ATTRIBUTE_OFFLINE, RECALL_ON_OPEN and RECALL_ON_DATA_ACCESS (winnt.h)."""
_DATALESS = 0x40000000
"""SF_DATALESS of macOS (sys/stat.h)."""


def is_online_only(found: os.stat_result) -> bool:
    """Say whether a stat is of a placeholder, whose content is with the cloud's provider."""
    attributes = int(getattr(found, "st_file_attributes", 0))
    flags = int(getattr(found, "st_flags", 0)) if sys.platform == "darwin" else 0
    return bool(attributes & _RECALLED or flags & _DATALESS)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open regular file, the version that it is, and whose it is."""

    stream: BinaryIO
    seen: Seen
    changed_at_ns: int
    """The later of content time and the system's own change time, which copying cannot forge."""
    owner: str
    """Account name as the system gives it; empty for the system's accounts."""


def version(found: os.stat_result) -> Seen:
    """Return the version that a stat describes."""
    return Seen(found.st_mtime_ns, found.st_size, found.st_ino)


def open_document(path: str) -> Opened:
    """Open ``path`` for reading.

    Raises:
        NotAFileError: it is not a regular file, or gone.
        OnlineOnlyError: it is not on this device.
        UnreadableError: it is not to be had now.
    """
    try:
        if sys.platform != "linux" and is_online_only(os.lstat(path)):
            raise OnlineOnlyError("with the cloud's provider only")
        descriptor = _open(path)
    except FileNotFoundError as error:
        raise NotAFileError("gone") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotAFileError("a symbolic link") from error
        raise UnreadableError(error.strerror or "cannot be opened") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise NotAFileError("a folder, a pipe or a device")
    stream = os.fdopen(descriptor, "rb", buffering=0)
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    return Opened(stream, version(found), changed, _owner(path, found))


if sys.platform == "win32":

    def _open(path: str) -> int:
        # Python's open() leaves FILE_SHARE_DELETE out: Office saves by renaming over the
        # document, and that would fail while we read.
        kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        create = kernel32.CreateFileW
        create.restype = wintypes.HANDLE
        create.argtypes = [
            wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID,
            wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE,
        ]  # fmt: skip
        generic_read, share_all, open_existing = 0x80000000, 0x7, 3
        no_reparse, sequential = 0x00200000, 0x08000000
        handle = create(
            path, generic_read, share_all, None, open_existing, no_reparse | sequential, None
        )
        if handle == wintypes.HANDLE(-1).value:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, os.O_RDONLY | os.O_BINARY)

    @functools.lru_cache(maxsize=256)
    def _account(sid: str) -> str:
        import win32security

        try:
            binary = win32security.ConvertStringSidToSid(sid)
            name, domain, _ = win32security.LookupAccountSid(None, binary)
        except win32security.error:
            return ""
        return f"{domain}\\{name}" if domain else str(name)

    def _owner(path: str, found: os.stat_result) -> str:
        import win32security

        try:
            descriptor = win32security.GetFileSecurity(
                path, win32security.OWNER_SECURITY_INFORMATION
            )
            sid = win32security.ConvertSidToStringSid(descriptor.GetSecurityDescriptorOwner())
        except win32security.error:
            return ""
        # Local and domain accounts are S-1-5-21-..., Entra accounts S-1-12-1-...; the rest are
        # groups and services, such as Administrators for whatever an administrator made.
        return _account(sid) if sid.startswith(("S-1-5-21-", "S-1-12-1-")) else ""

else:

    def _open(path: str) -> int:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        return os.open(path, flags)

    @functools.lru_cache(maxsize=256)
    def _account(uid: int) -> str:
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return ""

    def _owner(path: str, found: os.stat_result) -> str:
        return _account(found.st_uid) if found.st_uid >= FIRST_PERSONAL_UID else ""
