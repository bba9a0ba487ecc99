"""Sleep and shutdown on Linux, as systemd-logind and systemd tell them over D-Bus.

Sleep is held up, for the seconds that logind allows (``InhibitDelayMaxSec``, five by default), by a
*delay* lock: https://systemd.io/INHIBITOR_LOCKS. It is let go as soon as the goodbye is sent.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, dbus
from tutelage_agent.host.power import Power

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

_LOGIN, _PATH = "org.freedesktop.login1", "/org/freedesktop/login1"
_MANAGER = f"{_LOGIN}.Manager"
_LOOK_EVERY = 1.0
"""Seconds after which the thread looks whether it shall end."""
_AGAIN_AFTER = 60.0
"""Seconds after which a bus or a logind that was not there is looked for again."""
_ANSWER_SECONDS = 5.0


class LogindWatch:
    """Hears ``PrepareForSleep``, believed of logind alone."""

    def __init__(self, bus: str = "SYSTEM") -> None:
        """Listen on ``bus``: SYSTEM, or a bus's address."""
        self._bus_name = bus
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.listening = threading.Event()
        """Set while it hears."""

    def start(self, tell: Callable[[Power], None]) -> None:
        """See ``PowerWatch.start``."""
        self._stopping.clear()
        self._thread = threading.Thread(
            target=self._run, args=(tell,), name="power-watch", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """See ``PowerWatch.stop``."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, tell: Callable[[Power], None]) -> None:
        said = False
        while not self._stopping.is_set():
            try:
                self._listen(tell)
            except Exception as error:  # a machine without logind has no goodbye before sleep
                if not said:
                    _log.info("sleep is not heard of: %s", type(error).__name__)
                    said = True
            self.listening.clear()
            self._stopping.wait(_AGAIN_AFTER)

    def _listen(self, tell: Callable[[Power], None]) -> None:
        from jeepney import HeaderFields, MatchRule, message_bus
        from jeepney.io.blocking import Proxy, open_dbus_connection

        signals = {"interface": _MANAGER, "member": "PrepareForSleep", "path": _PATH}
        with open_dbus_connection(bus=self._bus_name, enable_fds=True) as bus:
            names = Proxy(message_bus, bus, timeout=_ANSWER_SECONDS)
            names.AddMatch(MatchRule(type="signal", sender=_LOGIN, **signals))
            with bus.filter(MatchRule(type="signal", **signals)) as heard:
                lock = _hold(bus)
                try:
                    self.listening.set()
                    while not self._stopping.is_set():
                        try:
                            signal = bus.recv_until_filtered(heard, timeout=_LOOK_EVERY)
                        except TimeoutError:
                            continue
                        # Anybody may send us a signal by our own name on the bus.
                        if (signal.header.fields.get(HeaderFields.sender),) != (
                            names.GetNameOwner(_LOGIN)
                        ):
                            continue
                        if signal.body[0]:
                            tell(Power.SLEEPS)
                            _let_go(lock)
                            lock = None
                        else:
                            lock = lock or _hold(bus)
                            tell(Power.WAKES)
                finally:
                    _let_go(lock)


def _hold(bus: Any) -> Any:
    """Return a lock that holds up sleep for some seconds; None where logind gives none."""
    from jeepney import DBusAddress, MessageType, new_method_call

    message = new_method_call(
        DBusAddress(_PATH, bus_name=_LOGIN, interface=_MANAGER),
        "Inhibit",
        "ssss",
        ("sleep", "Tutelage", "tells the school's collector that this device sleeps", "delay"),
    )
    reply = bus.send_and_get_reply(message, timeout=_ANSWER_SECONDS)
    if reply.header.message_type is MessageType.error:
        _log.info("sleep cannot be held up: the goodbye may come too late")
        return None
    return reply.body[0]


def _let_go(lock: Any) -> None:
    if lock is not None:
        with suppress(OSError):
            lock.close()


def shuts_down() -> bool:
    """Tell whether systemd is taking the system down: its state is ``stopping``."""
    state = dbus.call("systemd.state")
    return state.outcome is Outcome.VALUE and state.value == "stopping"
