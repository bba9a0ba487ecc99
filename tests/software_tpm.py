"""A real software TPM (swtpm), started and stopped, cleared and locked as a test needs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from typing import TYPE_CHECKING

from parts import need

if TYPE_CHECKING:
    from pathlib import Path


class SoftwareTpm:
    """One TPM, whose state is a folder; ``where`` is what the agent's settings name it by."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self._swtpm = need("swtpm")
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def where(self) -> str:
        return f"swtpm:127.0.0.1:{self._port}"

    def setup(self) -> None:
        """Give it an endorsement key with a certificate, as a maker does."""
        subprocess.run(
            ["swtpm_setup", "--tpm2", "--tpmstate", str(self.folder), "--createek",
             "--create-ek-cert", "--overwrite"],
            check=True, capture_output=True,
        )  # fmt: skip

    def start(self) -> SoftwareTpm:
        """Power it on."""
        self._port = self._port or _free_pair()
        self._process = subprocess.Popen(
            [str(self._swtpm), "socket", "--tpm2", "--tpmstate", f"dir={self.folder}",
             "--server", f"type=tcp,port={self._port}", "--ctrl", f"type=tcp,port={self._port + 1}",
             "--flags", "not-need-init,startup-clear"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except OSError:
                assert time.monotonic() < until, "swtpm did not start"
                time.sleep(0.02)
            else:
                return self

    def stop(self) -> None:
        """Power it off."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """Let it stop answering."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def tool(self, *words: str) -> str:
        """Run one of tpm2-tools against it."""
        environment = os.environ | {"TPM2TOOLS_TCTI": f"swtpm:host=127.0.0.1,port={self._port}"}
        ended = subprocess.run(
            words, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def clear(self) -> None:
        """``tpm2_clear``, as a firmware menu or a Windows reset does."""
        self.tool("tpm2_clear", "-c", "p")


def _free_pair() -> int:
    """Return a port that is free, and so is the next."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
