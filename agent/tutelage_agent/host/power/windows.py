"""Sleep and shutdown on Windows, by calls that need neither a window nor a service's own handler.

``PowerRegisterSuspendResumeNotification`` with a callback works in any process; the system waits
about two seconds for it (https://learn.microsoft.com/windows/win32/api/powerbase/).
"""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("these calls are Windows' own")

import ctypes
from ctypes import wintypes
from typing import TYPE_CHECKING

from tutelage_agent.host.power import Power

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLBACK = 2
"""DEVICE_NOTIFY_CALLBACK."""
_SUSPEND, _RESUME = 0x4, 0x12
"""PBT_APMSUSPEND, PBT_APMRESUMEAUTOMATIC: the second always comes."""
_SHUTTING_DOWN = 0x2000
"""SM_SHUTTINGDOWN."""
_Routine = ctypes.WINFUNCTYPE(wintypes.ULONG, ctypes.c_void_p, wintypes.ULONG, ctypes.c_void_p)


class _Subscription(ctypes.Structure):
    _fields_ = (("callback", _Routine), ("context", ctypes.c_void_p))


class WindowsPowerWatch:
    """Hears of suspend and resume."""

    def __init__(self) -> None:
        self._handle = wintypes.HANDLE()
        self._subscription: _Subscription | None = None

    def start(self, tell: Callable[[Power], None]) -> None:
        """See ``PowerWatch.start``."""

        def hear(context: int, kind: int, setting: int) -> int:
            if kind == _SUSPEND:
                tell(Power.SLEEPS)
            elif kind == _RESUME:
                tell(Power.WAKES)
            return 0

        subscription = _Subscription(_Routine(hear), None)
        failed = ctypes.windll.powrprof.PowerRegisterSuspendResumeNotification(
            _CALLBACK, ctypes.byref(subscription), ctypes.byref(self._handle)
        )
        # It must live for as long as Windows may call it.
        self._subscription = None if failed else subscription

    def stop(self) -> None:
        """See ``PowerWatch.stop``."""
        if self._subscription is not None:
            ctypes.windll.powrprof.PowerUnregisterSuspendResumeNotification(self._handle)
            self._subscription = None


def shuts_down() -> bool:
    """Tell whether the session that this process runs in, a service's too, is being ended."""
    return bool(ctypes.windll.user32.GetSystemMetrics(_SHUTTING_DOWN))
