from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tutelage_agent.host import Command, Outcome
from tutelage_agent.host.commands import run
from tutelage_agent.host.local import LocalHost

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uses sleep(1)")

SLEEP = Command("sleep", ("/usr/bin/sleep", "/bin/sleep"), ("61",), timeout=60.0)


def test_a_program_that_runs_is_ended_when_the_agent_stops():
    stopping = threading.Event()
    threading.Timer(0.3, stopping.set).start()
    began = time.monotonic()
    reading = run(SLEEP, stopping=stopping)
    assert time.monotonic() - began < 5
    assert (reading.outcome, reading.detail) == (Outcome.TIMEOUT, "sleep ended with the agent")
    assert not [one for one in psutil.Process().children() if "61" in one.cmdline()]


def test_a_stopping_agent_starts_no_program(tmp_path: Path):
    stopping = threading.Event()
    stopping.set()
    mark = tmp_path / "mark"
    touch = Command("touch", ("/usr/bin/touch", "/bin/touch"), (str(mark),), timeout=5.0)
    assert run(touch, stopping=stopping).outcome is Outcome.TIMEOUT
    assert not mark.exists()


def test_what_a_stopping_agent_did_not_see_is_not_kept_for_a_day(tmp_path: Path):
    host = LocalHost(state=tmp_path)
    assert host.remember("kept", b"a whole look")
    host.stop()
    assert not host.remember("kept", b"a look that was cut short")
    assert (tmp_path / "kept").read_bytes() == b"a whole look"
