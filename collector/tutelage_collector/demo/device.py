"""This machine as a device of the demo: the real agent, in processes of its own.

The collector's package may not import the agent's. The demo does what a school does: it hands the
agent a bundle file, and starts it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING

from tutelage_collector.errors import CollectorError
from tutelage_policy.image import default_cache

if TYPE_CHECKING:
    from pathlib import Path

STOP_SECONDS = 10.0
_LAST_WORDS = 2_000


class DemoDevice:
    """An agent with its own settings, state and watched folder below ``folder``."""

    def __init__(self, folder: Path) -> None:
        """Lay out the device's folder; nothing is started."""
        self.documents = folder / "Documents"
        self._state = folder / "agent"
        self._settings = folder / "agent.toml"
        self._log = folder / "agent.log"
        self._process: asyncio.subprocess.Process | None = None
        self.documents.mkdir(parents=True)
        self._settings.write_text(
            "# Settings of the demo's agent: one watched folder, nobody's browser.\n"
            f"state_folder = {json.dumps(str(self._state))}\n"
            f"pack_images = {json.dumps(str(default_cache()))}\n\n"
            "[files]\n"
            f"folders = [{json.dumps(str(self.documents))}]\n\n"
            "[browser_history]\nenabled = false\n\n"
            "[window_title]\nenabled = false\n\n[usage]\nenabled = false\n\n"
            "[frugality]\nwait = false\n\n"
            "[uplink]\nbulk_wait = 0.2\nbackoff_first = 0.2\nbackoff_most = 2.0\n",
            encoding="utf-8",
        )

    async def enrol(self, bundle: Path) -> None:
        """Join the collector with a bundle file.

        Raises:
            CollectorError: the agent says why not.
        """
        process = await asyncio.create_subprocess_exec(
            *self._command("enrol", "--bundle", str(bundle)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise CollectorError(f"the demo's agent could not enrol: {output.decode().strip()}")

    async def start(self) -> None:
        """Start the agent; what it logs goes to a file, and is shown if it ends by itself."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command("run", "--verbose"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal is for the demo, which then stops the agent in order.
                start_new_session=True,
            )

    def must_be_running(self) -> None:
        """Check that the agent lives.

        Raises:
            CollectorError: it ended; with the last of what it said.
        """
        if self._process is not None and self._process.returncode is not None:
            said = self._log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:]
            raise CollectorError(f"the demo's agent ended: {said.strip() or 'it said nothing'}")

    async def stop(self) -> None:
        """Stop the agent: in good order, and after ten seconds without asking."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def save(self, name: str, text: str) -> None:
        """Save a document as an editor does: write, and close."""
        with (self.documents / name).open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tutelage_agent.cli", "--config", str(self._settings), *words]
