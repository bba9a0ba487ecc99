"""A pupil at the device: without rights, and with the process in their hands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from processes import AgentFolder, CollectorProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NOBODY = 65534
_STEPPER = """
import asyncio, sys
from tutelage_agent import pulse
async def main():
    print("began", flush=True)
    def say(found):
        print(found.kind.value, found.detail, flush=True)
    await pulse.watch(asyncio.Event(), say, lambda: int(sys.argv[1]), every=0.1, hole=1.0)
asyncio.run(main())
"""


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[tuple[AgentFolder, subprocess.Popen[bytes]]]:
    """An agent that runs as root, beside its collector."""
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("another account's rights are tried as root on Linux, with setpriv")
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    folder = AgentFolder(tmp_path / "agent", collector.bundle(tmp_path / "bundle.json"))
    running = folder.run(tmp_path / "agent.log")
    wait_until(lambda: (folder.state / "spool").exists(), what="the spool")
    # Only the agent's own folder shall keep them out, not the test's.
    for path in (tmp_path, *tmp_path.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(0o755)
    yield folder, running
    running.terminate()
    running.wait(30)
    collector.stop()


def as_nobody(*words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as an account without rights."""
    drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    return subprocess.run([*drop, *words], capture_output=True, check=False, timeout=30)


@pytest.mark.slow
def test_threat_01_without_rights_nobody_signals_reads_or_writes_the_agent(
    agent: tuple[AgentFolder, subprocess.Popen[bytes]],
) -> None:
    folder, running = agent
    assert as_nobody("/bin/sh", "-c", f"kill -9 {running.pid}").returncode != 0
    assert as_nobody("ls", str(folder.state)).returncode != 0
    for path in folder.state.rglob("*"):
        if path.is_file():
            assert as_nobody("cat", str(path)).returncode != 0, path
            assert as_nobody("/bin/sh", "-c", f"echo x >> '{path}'").returncode != 0, path
    assert as_nobody("rm", "-rf", str(folder.state)).returncode != 0
    assert (folder.state / "spool").exists()
    assert running.poll() is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process is suspended with SIGSTOP")
def test_threat_03_a_suspended_agent_tells_of_the_hole_when_it_goes_on() -> None:
    stepping = subprocess.Popen(
        [sys.executable, "-c", _STEPPER, "0"], stdout=subprocess.PIPE, text=True
    )
    assert stepping.stdout is not None
    assert stepping.stdout.readline() == "began\n"
    time.sleep(0.5)
    stepping.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    stepping.send_signal(signal.SIGCONT)
    said = stepping.stdout.readline()
    stepping.kill()
    stepping.wait()
    stepping.stdout.close()
    assert said.startswith("time_hole the agent did not run for ")


def test_threat_07_a_wrong_clock_is_said_once() -> None:
    stepping = subprocess.Popen(
        [sys.executable, "-c", _STEPPER, "200000"], stdout=subprocess.PIPE, text=True
    )
    assert stepping.stdout is not None
    assert stepping.stdout.readline() == "began\n"
    assert stepping.stdout.readline() == "clock_wrong the device's clock is -200 seconds off the " \
        "collector's\n"  # fmt: skip
    time.sleep(0.5)
    stepping.kill()
    assert stepping.stdout.read() == ""
    stepping.wait()
    stepping.stdout.close()
