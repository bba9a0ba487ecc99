"""A real desktop: Xvfb, a window manager, and windows that can be opened in it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import parts
from tutelage_agent.host.foreground import Desktop, Kind

if TYPE_CHECKING:
    from pathlib import Path


class Screen:
    """A display with windows."""

    def __init__(self, log: Path, *, manager: bool) -> None:
        self._log = log.open("wb")
        reads, writes = os.pipe()
        self.processes = [
            subprocess.Popen(
                [str(parts.need("Xvfb")), "-displayfd", str(writes), "-screen", "0", "640x480x24",
                 "-nolisten", "tcp"],
                pass_fds=[writes], stdout=self._log, stderr=self._log,
            )
        ]  # fmt: skip
        os.close(writes)
        with os.fdopen(reads) as said:
            self.display = f":{said.readline().strip()}"
        self.environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent",
                            "DISPLAY": self.display}  # fmt: skip
        if manager:
            self.start(str(parts.need("openbox")))
            time.sleep(1)

    @property
    def desktop(self) -> Desktop:
        return Desktop(Kind.X11, "a.pupil", os.geteuid(), self.display)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            words, env=self.environment, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self.processes.append(process)
        return process

    def window(self, title: str, script: str = "sleep 60") -> subprocess.Popen[bytes]:
        """Open a terminal with a title; ``script`` may print escapes that change it."""
        xterm = str(parts.need("xterm"))
        return self.start(xterm, "-T", title, "-e", "/bin/sh", "-c", script)

    def close(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()
