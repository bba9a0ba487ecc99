"""Whose desktops a Windows has, and starting a program of ours in one: a service has none."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("sessions are Windows' own")

import ctypes
import msvcrt
import os
import subprocess
from ctypes import wintypes

import pywintypes
import win32api
import win32con
import win32file
import win32pipe
import win32process
import win32profile
import win32security
import win32ts

from tutelage_agent.host.foreground.desktop import Desktop, Kind


def own_session() -> int:
    """Return the number of the session that this process runs in; a service's is 0."""
    number = wintypes.DWORD()
    ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(number))
    return int(number.value)


def desktops() -> list[Desktop]:
    """Return the sessions in which somebody works now."""
    found = []
    try:
        listed = win32ts.WTSEnumerateSessions(win32ts.WTS_CURRENT_SERVER_HANDLE)
        for session in listed:
            if session["State"] == win32ts.WTSActive:
                name = _account(session["SessionId"])
                if name:
                    found.append(Desktop(Kind.WINDOWS, name, session["SessionId"]))
    except (pywintypes.error, NotImplementedError):
        found = []
    if not found and (own_session() != 0 or not _is_service()):
        found.append(Desktop(Kind.WINDOWS, win32api.GetUserName(), own_session()))
    return found


def _account(session: int) -> str:
    server = win32ts.WTS_CURRENT_SERVER_HANDLE
    name = win32ts.WTSQuerySessionInformation(server, session, win32ts.WTSUserName)
    domain = win32ts.WTSQuerySessionInformation(server, session, win32ts.WTSDomainName)
    return f"{domain}\\{name}" if domain and name else str(name or "")


def _is_service() -> bool:
    station = ctypes.windll.user32.GetProcessWindowStation()
    visible = wintypes.DWORD * 3
    flags = visible()
    flags_of_station = 1
    ctypes.windll.user32.GetUserObjectInformationW(
        station, flags_of_station, ctypes.byref(flags), ctypes.sizeof(flags), None
    )
    return not flags[2] & 1


class _InSession(subprocess.Popen[bytes]):
    """What ``feed`` needs of a process that CreateProcessAsUser started."""

    def __init__(self, handle: int, number: int, reads: int, writes: int) -> None:
        self._process_handle = handle
        self.pid = number
        self.returncode = None
        self.stdout = os.fdopen(msvcrt.open_osfhandle(reads, os.O_RDONLY), "rb")
        self.stdin = os.fdopen(msvcrt.open_osfhandle(writes, 0), "wb", buffering=0)
        self.stderr = None

    def poll(self) -> int | None:
        code = int(win32process.GetExitCodeProcess(self._process_handle))
        return None if code == win32con.STILL_ACTIVE else code

    def wait(self, timeout: float | None = None) -> int:
        import win32event

        waits = win32event.INFINITE if timeout is None else int(timeout * 1000)
        if win32event.WaitForSingleObject(self._process_handle, waits) != win32con.WAIT_OBJECT_0:
            raise subprocess.TimeoutExpired("child", timeout or 0.0)
        return int(win32process.GetExitCodeProcess(self._process_handle))

    def kill(self) -> None:
        win32api.TerminateProcess(self._process_handle, 1)

    def __del__(self) -> None:
        """Nothing: the handles are closed by their owners."""


def start_in_session(session: int, words: list[str]) -> subprocess.Popen[bytes]:
    """Start a program as the person who works in a session, with pipes for its streams.

    Raises:
        OSError: nobody is signed in there, or the agent may not (only a service may).
    """
    inherits = win32security.SECURITY_ATTRIBUTES()
    inherits.bInheritHandle = True
    try:
        token = win32ts.WTSQueryUserToken(session)
        read_out, write_out = win32pipe.CreatePipe(inherits, 0)
        read_in, write_in = win32pipe.CreatePipe(inherits, 0)
        startup = win32process.STARTUPINFO()
        startup.dwFlags = win32con.STARTF_USESTDHANDLES
        startup.hStdInput, startup.hStdOutput = read_in, write_out
        startup.lpDesktop = "winsta0\\default"
        environment = win32profile.CreateEnvironmentBlock(token, False)  # noqa: FBT003
        handle, thread, number, _ = win32process.CreateProcessAsUser(
            token, None, subprocess.list2cmdline(words), None, None, True,  # noqa: FBT003
            win32con.CREATE_NO_WINDOW | win32con.CREATE_UNICODE_ENVIRONMENT,
            environment, None, startup,
        )  # fmt: skip
    except pywintypes.error as error:
        raise OSError(error.winerror, "no program can be started in that session") from error
    win32file.CloseHandle(thread)
    win32file.CloseHandle(read_in)
    win32file.CloseHandle(write_out)
    return _InSession(handle, number, read_out.Detach(), write_in.Detach())
