"""A device that goes to sleep says goodbye first, and is held awake only until that is stored."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from parts import need
from processes import wait_until
from tutelage_agent.goodbye import EXCUSED_SECONDS, Goodbye
from tutelage_agent.host.power import Power
from tutelage_wire.events import IntegrityKind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="logind is Linux's")


class Logind:
    """Enough of systemd-logind on a real bus of our own: sleep, and the locks that hold it up."""

    def __init__(self, address: str) -> None:
        from jeepney import message_bus
        from jeepney.io.blocking import Proxy, open_dbus_connection

        self._bus = open_dbus_connection(bus=address, enable_fds=True)
        assert Proxy(message_bus, self._bus).RequestName("org.freedesktop.login1")[0] == 1
        self.locks: list[int] = []
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()

    def _answer(self) -> None:
        from jeepney import HeaderFields, MessageType, new_method_return

        while True:
            try:
                message = self._bus.receive()
            except OSError:  # the bus was ended
                self._bus.close()
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            assert message.header.fields[HeaderFields.member] == "Inhibit"
            assert message.body[0] == "sleep"
            assert message.body[3] == "delay"
            reads, writes = os.pipe()
            self.locks.append(reads)
            self._bus.send(new_method_return(message, "h", (writes,)))
            os.close(writes)

    def say(self, *, sleeps: bool) -> None:
        """Send the signal."""
        from jeepney import DBusAddress, new_signal

        where = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
        self._bus.send(new_signal(where, "PrepareForSleep", "b", (sleeps,)))

    def close(self) -> None:
        """Wait for the end of the bus."""
        self._thread.join(10)
        for one in self.locks:
            os.close(one)

    def let_go(self, lock: int) -> bool:
        """Tell whether whoever held a lock has closed it."""
        import select

        return bool(select.select([self.locks[lock]], [], [], 0)[0])


@pytest.fixture
def bus():
    need("dbus-run-session")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        logind = Logind(address)
        yield address, logind
        daemon.kill()
    logind.close()


def test_sleep_waits_for_the_goodbye_and_no_longer(bus):
    from tutelage_agent.host.power.linux import LogindWatch

    address, logind = bus
    watch = LogindWatch(address)
    told, stored = [], threading.Event()

    def hear(power):
        told.append(power)
        stored.wait(10)

    watch.start(hear)
    try:
        assert watch.listening.wait(10)
        logind.say(sleeps=True)
        wait_until(lambda: told == [Power.SLEEPS])
        assert not logind.let_go(0)
        stored.set()
        wait_until(lambda: logind.let_go(0))
        logind.say(sleeps=False)
        wait_until(lambda: told == [Power.SLEEPS, Power.WAKES])
        wait_until(lambda: len(logind.locks) == 2)
        assert not logind.let_go(1)
    finally:
        watch.stop()
    assert logind.let_go(1)


def test_another_program_on_the_bus_cannot_send_a_device_to_sleep(bus):
    from jeepney import DBusAddress, new_signal
    from jeepney.io.blocking import open_dbus_connection

    from tutelage_agent.host.power.linux import LogindWatch

    address, logind = bus
    watch = LogindWatch(address)
    told = []
    watch.start(told.append)
    try:
        assert watch.listening.wait(10)
        where = DBusAddress("/org/freedesktop/login1", interface="org.freedesktop.login1.Manager")
        with open_dbus_connection(bus=address) as stranger:
            stranger.send(new_signal(where, "PrepareForSleep", "b", (True,)))
            logind.say(sleeps=False)  # sent after it, so that it comes after it
            wait_until(lambda: told != [])
        assert told == [Power.WAKES]
    finally:
        watch.stop()


class Switch:
    """A power watch that a test switches."""

    def start(self, tell):
        self.tell = tell

    def stop(self):
        del self.tell


def test_goodbye_and_greeting_are_told_and_no_heartbeat_contradicts_them():
    power, told, greeted, now = Switch(), [], [], [0.0]
    goodbye = Goodbye(power, ticks=lambda: now[0])
    goodbye.start(told.append, lambda: True, lambda: greeted.append(goodbye.asleep))
    power.tell(Power.SLEEPS)
    assert goodbye.asleep
    assert goodbye.excuses()
    power.tell(Power.WAKES)
    assert greeted == [False]
    assert goodbye.excuses()
    now[0] = EXCUSED_SECONDS + 1
    assert not goodbye.excuses()
    kinds = [one.kind for one in told]
    assert kinds == [IntegrityKind.DEVICE_ASLEEP, IntegrityKind.DEVICE_AWAKE]


def test_an_agent_that_is_stopped_on_a_device_that_stays_on_does_not_pass_for_one_that_went_off():
    assert Goodbye(ends_with_device=lambda: True).last_words().kind is IntegrityKind.DEVICE_OFF
    assert Goodbye(ends_with_device=lambda: False).last_words().kind is IntegrityKind.AGENT_STOPPED
