"""A whole booted system with systemd in charge: this machine's own files under an overlay.

Nothing is downloaded, and nothing that happens inside stays: what it writes lies on a tmpfs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

BOOT_SECONDS = 60.0
ROOT = Path(__file__).parents[1]
CHECKOUT = Path("/opt/checkout")
"""Where the checkout is inside: its own place may lie below /tmp, which is another one there."""


def path_inside(path: str | Path) -> str:
    """Return where a path of this machine is inside the booted one."""
    whole = Path(path)
    return str(CHECKOUT / whole.relative_to(ROOT)) if whole.is_relative_to(ROOT) else str(whole)


class BootedMachine:
    """Runs programs inside a booted container, as root."""

    def __init__(self, init: int, files: Path) -> None:
        self._init = init
        self.files = files
        """Its file system, also once it has been shut down."""

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program inside; a failure shows its output."""
        enter = [
            "nsenter", "-t", str(self._init), "-m", "-u", "-i", "-n", "-p",
            f"--root=/proc/{self._init}/root", f"--wd=/proc/{self._init}/root",
        ]  # fmt: skip
        ended = subprocess.run(
            [*enter, *words], capture_output=True, text=True, check=False, timeout=120
        )
        assert not check or ended.returncode == 0, f"{words}: {ended.stdout}{ended.stderr}"
        return ended

    def write(self, path: str, text: str) -> None:
        """Write a file inside."""
        self.run("/bin/sh", "-c", 'printf %s "$1" > "$2"', "sh", text, path)

    def show(self, unit: str, name: str) -> str:
        """Return a property of a unit."""
        return self.run("systemctl", "show", "-P", name, unit).stdout.strip()

    def wait_for(self, *words: str, seconds: float = 30.0) -> str:
        """Repeat a program until it ends with 0; returns its output."""
        deadline = time.monotonic() + seconds
        while (ended := self.run(*words, check=False)).returncode != 0:
            assert time.monotonic() < deadline, f"{words}: {ended.stdout}{ended.stderr}"
            time.sleep(0.3)
        return ended.stdout


@contextlib.contextmanager
def boot(folder: Path) -> Iterator[BootedMachine]:
    """Boot this machine's files; ``folder`` is for the mount points."""
    nspawn = parts.need("systemd-nspawn")
    root, top = folder / "root", folder / "top"
    top.mkdir()
    root.mkdir()
    with contextlib.ExitStack() as undo:
        _mount(undo, top, "-t", "tmpfs", "tmpfs")
        (top / "upper").mkdir()
        (top / "work").mkdir()
        units = top / "upper/etc/systemd/system"
        units.mkdir(parents=True)
        for name in ("rsyslog", "getty@", "console-getty"):
            (units / f"{name}.service").symlink_to("/dev/null")
        layers = f"lowerdir=/,upperdir={top}/upper,workdir={top}/work"
        _mount(undo, root, "-t", "overlay", "overlay", "-o", layers)
        log = undo.enter_context((folder / "boot.log").open("wb"))
        container = subprocess.Popen(
            [
                str(nspawn), "-q", "-D", str(root), "--boot", "--register=no", "--keep-unit",
                "--private-network", f"--bind-ro={ROOT}:{CHECKOUT}",
            ],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        undo.callback(container.wait, 20)
        undo.callback(container.kill)
        init = _init_of(container)
        # With its first process everything in the container ends; nspawn alone would leave it.
        undo.callback(_kill, init)
        machine = BootedMachine(init, root)
        machine.wait_for("systemctl", "is-system-running", seconds=BOOT_SECONDS)
        yield machine


def _kill(number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # it was shut down
        os.kill(number, signal.SIGKILL)


def _mount(undo: contextlib.ExitStack, where: Path, *words: str) -> None:
    ended = subprocess.run(
        ["mount", *words, str(where)], capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        parts.missing(f"cannot mount ({ended.stderr.strip()}): run as root, with overlay")
    undo.callback(subprocess.run, ["umount", "-l", str(where)], check=False)


def _init_of(container: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline and container.poll() is None:
        for child in psutil.Process(container.pid).children():
            with contextlib.suppress(psutil.Error):
                if child.name() == "systemd":
                    return child.pid
        time.sleep(0.05)
    raise AssertionError("systemd did not start in the container")
