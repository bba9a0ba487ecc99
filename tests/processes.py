"""Collector and agent as processes of their own, as they are installed: to be killed at will."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_collector import config, state
from tutelage_policy.image import default_cache
from tutelage_wire import bundle, codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_collector.store.records import IntegrityEvent
    from tutelage_wire.events import Event

EMITTER = Path(__file__).parent / "straight_path" / "emitter.py"


def collector_cli(folder: Path, *words: str) -> str:
    """Run a verb of ``tutelage-collector`` to its end; return what it printed."""
    command = [sys.executable, "-m", "tutelage_collector.cli", "--state", str(folder), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def agent_command(settings: Path, *words: str) -> list[str]:
    """Return the command line of a verb of ``tutelage-agent``."""
    return [sys.executable, "-m", "tutelage_agent.cli", "--config", str(settings), *words]


class CollectorProcess:
    """``tutelage-collector serve`` on a state folder; the ports stay over a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.with_name("collector.log")
        if not folder.exists():
            made = collector_cli(folder, "init", "--trust", "trust", "--school", "school", "--json")
            self.credentials = json.loads(made)
        self.settings = config.load(folder)
        self.process: subprocess.Popen[str] | None = None

    @property
    def link_port(self) -> int:
        return self.settings.listen.link_port

    def start(self) -> None:
        """Start serving, and wait until it says that it does."""
        command = [sys.executable, "-m", "tutelage_collector.cli", "--state", str(self.folder)]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*command, "serve"], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("Ready."):
                return
        raise AssertionError(f"the collector did not start: {self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL: no chance to write anything more."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait for its tidy end."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def bundle(self, path: Path, *, link_port: int | None = None, quota: int = 1) -> Path:
        """Make a token and write its bundle; ``link_port`` sends the device through a relay."""
        collector_cli(self.folder, "token", "create", "--quota", str(quota), "--out", str(path))
        if link_port is not None:
            made = bundle.loads(path.read_text(encoding="utf-8"))
            through = replace(made, link_address=f"localhost:{link_port}")
            path.write_text(bundle.dumps(through), encoding="utf-8")
        return path

    def events(self) -> list[Event]:
        """Return every stored event, in the order of the chain of each lane."""
        with closing(state.open_store(self.settings)) as store:
            assert store.check() == []
            return [
                codec.decode_event(data)
                for stored in store.batches()
                for data in codec.decode_batch(stored.raw).events
            ]

    def integrity(self) -> list[IntegrityEvent]:
        """Return what was noted about the monitoring itself."""
        with closing(state.open_store(self.settings)) as store:
            return store.integrity(limit=10_000)


class AgentFolder:
    """An agent's settings and state, enrolled."""

    def __init__(self, folder: Path, bundle_file: Path, **sections: dict[str, object]) -> None:
        folder.mkdir(parents=True)
        self.documents = folder / "Documents"
        self.documents.mkdir()
        self.state = folder / "state"
        self.settings = folder / "agent.toml"
        tables: dict[str, dict[str, object]] = {
            "keys": {"place": "sealed-file"},  # the same at a desk with a TPM as in CI without
            "files": {"folders": [str(self.documents)]},
            "browser_history": {"enabled": False},
            "window_title": {"enabled": False},
            "usage": {"enabled": False},
            "frugality": {"wait": False},
            "selftest": {"enabled": False},
            "uplink": {"bulk_wait": 0.05, "backoff_first": 0.05, "backoff_most": 0.3},
            **sections,
        }
        lines = [
            f"state_folder = {json.dumps(str(self.state))}",
            f"pack_images = {json.dumps(str(default_cache()))}",
        ]
        for name, table in tables.items():
            lines.append(f"\n[{name}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
        self.settings.write_text("\n".join(lines), encoding="utf-8")
        command = agent_command(self.settings, "enrol", "--bundle", str(bundle_file))
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert ended.returncode == 0, ended.stdout + ended.stderr

    def run(self, log: Path, *, home: Path | None = None) -> subprocess.Popen[bytes]:
        """Start the agent, with another home than ours where one is given."""
        environment = os.environ | ({"HOME": str(home)} if home is not None else {})
        with log.open("ab") as out:
            return subprocess.Popen(
                agent_command(self.settings, "run", "--verbose"),
                stdout=out,
                stderr=out,
                env=environment,
            )


class Emitter:
    """``emitter.py`` on an agent's state: numbered events through its real spool and uplink."""

    def __init__(self, agent: AgentFolder, log: Path) -> None:
        self._agent, self._log = agent, log
        self.kept: dict[int, list[str]] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._output = log.with_suffix(".out")
        self._read = 0

    def start(self, last: int) -> None:
        """Go on from the last number that is known to be kept."""
        first = max(self.kept, default=0) + 1
        with self._log.open("ab") as log, self._output.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, str(EMITTER), str(self._agent.state),
                 str(first), str(last)],
                stdout=out, stderr=log,
            )  # fmt: skip

    def kill(self) -> None:
        """SIGKILL, at whatever moment this is."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.look()

    def look(self) -> int:
        """Read what was printed; return the last number that is kept."""
        lines = self._output.read_text(encoding="utf-8").splitlines(keepends=True)
        for line in lines[self._read :]:
            if line.startswith("kept ") and line.endswith("\n"):
                _, number, event = line.split()
                self.kept.setdefault(int(number), []).append(event)
        self._read = len([line for line in lines if line.endswith("\n")])
        return max(self.kept, default=0)

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until everything is stored and it has ended."""
        assert self._process is not None
        try:
            ended = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.kill(self._process.pid, signal.SIGKILL)
            raise AssertionError(f"not all was stored: {self._log.read_text()[-3000:]}") from None
        assert ended == 0, self._log.read_text()[-3000:]
        self.look()

    def alive(self) -> bool:
        """Say whether it still runs."""
        return self._process is not None and self._process.poll() is None


def wait_until(condition: Callable[[], bool], seconds: float = 30.0, what: str = "") -> None:
    """Wait until ``condition()`` is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what or "it did not happen"
        time.sleep(0.01)
