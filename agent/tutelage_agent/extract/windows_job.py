"""A job object: Windows' way to bound a process. Structures are winnt.h's; ctypes alone.

https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tutelage_agent.extract.limits import Limits

LIMIT_PROCESS_TIME = 0x00000002
LIMIT_ACTIVE_PROCESS = 0x00000008
LIMIT_PRIORITY_CLASS = 0x00000020
LIMIT_PROCESS_MEMORY = 0x00000100
LIMIT_DIE_ON_UNHANDLED_EXCEPTION = 0x00000400
LIMIT_KILL_ON_JOB_CLOSE = 0x00002000
EXTENDED_LIMIT_INFORMATION = 9
IDLE_PRIORITY_CLASS = 0x00000040

HUNDRED_NS = 10_000_000
"""Units of a second in which Windows counts processor time."""


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class IoCounters(ctypes.Structure):
    """IO_COUNTERS."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in (
        "ReadOperationCount", "WriteOperationCount", "OtherOperationCount",
        "ReadTransferCount", "WriteTransferCount", "OtherTransferCount",
    ))  # fmt: skip


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", IoCounters),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


def limits_for(limits: Limits) -> ExtendedLimits:
    """Return what bounds a child: memory, processor time, priority, no children of its own."""
    wanted = ExtendedLimits()
    basic = wanted.BasicLimitInformation
    basic.LimitFlags = (
        LIMIT_PROCESS_TIME
        | LIMIT_ACTIVE_PROCESS
        | LIMIT_PRIORITY_CLASS
        | LIMIT_PROCESS_MEMORY
        | LIMIT_DIE_ON_UNHANDLED_EXCEPTION
        | LIMIT_KILL_ON_JOB_CLOSE
    )
    # Windows counts a process's time, not a file's: a child is replaced long before.
    basic.PerProcessUserTimeLimit = limits.cpu_seconds * 60 * HUNDRED_NS
    basic.ActiveProcessLimit = 1
    basic.PriorityClass = IDLE_PRIORITY_CLASS
    wanted.ProcessMemoryLimit = limits.memory_bytes
    return wanted


if sys.platform == "win32":
    from ctypes import wintypes

    class Job:
        """A job with one process in it, which ends when the job is closed."""

        def __init__(self, process_handle: int, limits: Limits) -> None:
            """Put a process into a new job.

            Raises:
                OSError: Windows refused; the process must then not be given documents.
            """
            kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel32.CreateJobObjectW.restype = wintypes.HANDLE
            kernel32.SetInformationJobObject.argtypes = [
                wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD,
            ]  # fmt: skip
            kernel32.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
            kernel32.CloseHandle.argtypes = [wintypes.HANDLE]
            self._kernel32 = kernel32
            self._handle = kernel32.CreateJobObjectW(None, None)
            if not self._handle:
                raise ctypes.WinError(ctypes.get_last_error())
            wanted = limits_for(limits)
            if not kernel32.SetInformationJobObject(
                self._handle,
                EXTENDED_LIMIT_INFORMATION,
                ctypes.byref(wanted),
                ctypes.sizeof(wanted),
            ) or not kernel32.AssignProcessToJobObject(self._handle, process_handle):
                error = ctypes.WinError(ctypes.get_last_error())
                self.close()
                raise error

        def close(self) -> None:
            """End whatever is in the job."""
            if self._handle:
                self._kernel32.CloseHandle(self._handle)
                self._handle = None
