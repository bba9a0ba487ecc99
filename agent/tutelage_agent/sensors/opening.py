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
from typing import TYPE_CHECKING, BinaryIO

from tutelage_agent.sensors.cursor import Seen
from tutelage_agent.sensors.sensor import InScope, everybody

if TYPE_CHECKING:
    from pathlib import Path

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


class OutOfScopeError(NotAFileError):
    """It belongs to an account that the policy leaves out: it was not opened."""


class OnlineOnlyError(NotAFileError):
    """It lies with the cloud's provider alone: opening it would fetch it over the network."""


MOST_SETTINGS = 1_000_000
"""Bytes of a settings file that are looked at."""
_LONG = 240
"""Characters; a folder's own bound is 248."""
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


def reached(path: str) -> str:
    """Return a path as the system takes it at any length: Windows ends plain ones at 260."""
    if sys.platform != "win32" or len(path) < _LONG or path.startswith("\\\\?\\"):
        return path
    if path.startswith("\\\\"):
        return "\\\\?\\UNC\\" + path[2:]
    return "\\\\?\\" + path


def real_root(path: str) -> str:
    """Return where a root lies: links above it are the system's, it must itself be none."""
    above, name = os.path.split(path)
    return os.path.join(os.path.realpath(above), name) if name else path  # noqa: PTH118


def lies_at(descriptor: int, path: str) -> bool:
    """Say whether what was opened lies at ``path``, with no link on the way there.

    Linux says so of each open file. Elsewhere, and where /proc is not to be had, True.
    """
    if sys.platform != "linux":
        return True
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}") == path  # noqa: PTH115
    except OSError:
        return True


def is_below(path: str, home: Path) -> bool:
    """Say whether a path that an account wrote down leads to its own home, whatever is in it."""
    return os.path.isabs(path) and home in type(home)(os.path.normpath(path)).parents  # noqa: PTH117


def read_small(path: Path, in_scope: InScope = everybody) -> bytes:
    """Return the beginning of a settings file that its account writes; b"" where there is none.

    What an account owns may be a pipe without an end or a link to somebody else's: never waits,
    never follows, never reads more than ``MOST_SETTINGS``.
    """
    try:
        opened = open_document(str(path), in_scope)
        with opened.stream as file:
            return file.read(MOST_SETTINGS) or b""
    except (NotAFileError, UnreadableError, OSError):
        return b""


def version(found: os.stat_result) -> Seen:
    """Return the version that a stat describes."""
    return Seen(found.st_mtime_ns, found.st_size, found.st_ino)


def open_document(path: str, in_scope: InScope = everybody, really: str = "") -> Opened:
    """Open ``path`` for reading, if it is a file and its owner is in scope.

    Both are asked before it is opened: opening a device can do something, and what is out of scope
    is not opened at all.

    Args:
        path: the file.
        in_scope: whether anything of an account may be opened.
        really: where it must lie when no link is followed on the way. A pupil can put a link in the
            place of a folder between two of our looks; "" = not asked.

    Raises:
        NotAFileError: it is not a regular file, or gone.
        OutOfScopeError: its owner is left out.
        OnlineOnlyError: it is not on this device.
        UnreadableError: it is not to be had now.
    """
    path = reached(path)
    try:
        met = os.lstat(path)
        if stat.S_ISLNK(met.st_mode):
            raise NotAFileError("a symbolic link")
        if not stat.S_ISREG(met.st_mode):
            raise NotAFileError("a folder, a pipe or a device")
        if is_online_only(met):
            raise OnlineOnlyError("with the cloud's provider only")
        owner = owner_of(path, met)
        if owner and not in_scope(owner):
            raise OutOfScopeError("of an account that is left out")
        descriptor = _open(path)
    except FileNotFoundError as error:
        raise NotAFileError("gone") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise NotAFileError("a symbolic link") from error
        raise UnreadableError(error.strerror or "cannot be opened") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != met.st_uid:
        os.close(descriptor)
        raise UnreadableError("exchanged for another while it was opened")
    if really and not lies_at(descriptor, really):
        os.close(descriptor)
        raise NotAFileError("behind a link that stands in a folder's place")
    stream = os.fdopen(descriptor, "rb", buffering=0)
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    return Opened(stream, version(found), changed, owner)


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

    def owner_of(path: str, found: os.stat_result) -> str:
        """Return whose a file is, as the system names the account; "" for the system's own."""
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

    def owner_of(path: str, found: os.stat_result) -> str:
        """Return whose a file is, as the system names the account; "" for the system's own."""
        return _account(found.st_uid) if found.st_uid >= FIRST_PERSONAL_UID else ""
