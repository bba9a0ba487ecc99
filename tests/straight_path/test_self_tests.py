"""The running agent proves document, page and window by itself; the collector has all three."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import pytest

from parts import need
from processes import AgentFolder, CollectorProcess, agent_command, wait_until
from screens import Screen
from tutelage_wire.events import Channel, DetectionFinding


@pytest.mark.slow
def test_document_page_and_window_travel_the_whole_path_and_nobody_is_of_concern(tmp_path):
    need("chromium")
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    screen = Screen(tmp_path / "screen.log", manager=True)
    agent = None
    try:
        device = AgentFolder(
            tmp_path / "device",
            collector.bundle(tmp_path / "bundle.json"),
            browser_history={"enabled": True, "look_every": 1},
            window_title={"enabled": True},
            selftest={"first_after": 1, "spread": 0.01, "window_idle": 2},
        )
        screen.window("homework", "sleep 600")
        home = tmp_path / "home"
        home.mkdir()
        agent = device.run(tmp_path / "agent.log", home=home)

        def seen() -> set[Channel]:
            bodies = [one.body for one in collector.events()]
            return {one.channel for one in bodies if isinstance(one, DetectionFinding)}

        wanted = {Channel.FILE, Channel.TITLE, Channel.WINDOW}
        wait_until(lambda: wanted <= seen(), 240, (tmp_path / "agent.log").read_text()[-2000:])
        found = [one.body for one in collector.events() if isinstance(one.body, DetectionFinding)]
        assert all(one.canary and one.sealed is None for one in found)
        told = subprocess.run(
            agent_command(device.settings, "status", "--json"),
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        tests = json.loads(told.stdout)["self_tests"]
        assert set(tests) == {"file", "page", "window"}
    finally:
        if agent is not None:
            agent.terminate()
            agent.wait(30)
        screen.close()
        collector.stop()
    assert not list(Path(tempfile.gettempdir()).glob("tutelage-selftest-*"))
