"""More of a text, with the programs as installed: asked for over kills and restarts."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from contextlib import closing

import pytest

from processes import AgentFolder, CollectorProcess, agent_command, collector_cli, wait_until
from tutelage_collector import excerpts, state
from tutelage_wire.context import ContextAnswer
from tutelage_wire.events import DetectionFinding

pytestmark = pytest.mark.slow

EARLIER = "The tide tables hung beside the boathouse door. "
LATER = " Marrowfat peas were served on Tuesday."
WORDS = "I want to kill myself and nobody knows."
TEXT = EARLIER + "The bus was late and then it rained. " * 30 + WORDS + " So it goes." * 30 + LATER


@pytest.fixture
def collector(tmp_path):
    one = CollectorProcess(tmp_path / "collector")
    one.start()
    yield one
    one.stop()


def status(agent):
    done = subprocess.run(
        agent_command(agent.settings, "status", "--json"),
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_asked_while_it_is_on_and_killed_before_between_and_after_it_is_one_answer(
    collector, tmp_path
):
    agent = AgentFolder(tmp_path / "agent", collector.bundle(tmp_path / "bundle.json"))
    log = tmp_path / "agent.log"
    process = agent.run(log)
    try:
        # 1. A pupil saves something; the device keeps more of it, and says how much and until when.
        (agent.documents / "diary.txt").write_text(TEXT, encoding="utf-8")
        wait_until(lambda: bool(findings(collector)), 60, log.read_text()[-2000:])
        (finding,) = findings(collector)
        assert finding.body.context_until is not None
        wait_until(lambda: status(agent)["context_kept"] == 1, 90)
        # 2. It is killed; then it is asked for; it comes back, and is killed at once, three times.
        process.kill()
        process.wait()
        asked = ask(collector, finding.id)
        assert "tide" not in asked
        for _ in range(3):
            process = agent.run(log)
            time.sleep(random.uniform(0.5, 2.5))
            process.kill()
            process.wait()
        process = agent.run(log)
        wait_until(lambda: bool(answers(collector)), 60, log.read_text()[-2000:])
        process.kill()
        process.wait()
        process = agent.run(log)
        wait_until(lambda: status(agent)["running"] and status(agent)["connected"], 60)
        # 3. However often it was sent, it is one answer, which opens.
        assert {one.id for one in answers(collector)} == {answers(collector)[0].id}
        with closing(state.open_store(collector.settings)) as store:
            (answer,) = store.context_answers([finding.id])
            phrase = collector.credentials["dsl_passphrase"]
            key = state.open_recipient_key(store, "dsl", phrase)
            content = excerpts.open_context(answer, key, collector.settings.trust, store)
        assert EARLIER.strip() in content.excerpt
        assert LATER.strip() in content.excerpt
        # 4. Nothing of it lies anywhere in clear, and nothing more is kept at the device.
        for words in (EARLIER, LATER, WORDS):
            assert words.strip().encode() not in everything(agent.state)
            assert words.strip().encode() not in everything(collector.folder)
        assert b"diary.txt" not in everything(collector.folder)
        wait_until(lambda: status(agent)["context_kept"] == 0, 90)
    finally:
        process.kill()
        process.wait()


def everything(folder):
    return b"".join(one.read_bytes() for one in folder.rglob("*") if one.is_file())


def findings(collector):
    return [one for one in collector.events() if isinstance(one.body, DetectionFinding)]


def answers(collector):
    return [one for one in collector.events() if isinstance(one.body, ContextAnswer)]


def ask(collector, finding):
    """Ask as a person does who sits at the collector."""
    reads, writes = os.pipe()
    os.write(writes, collector.credentials["passwords"]["dsl"].encode())
    os.close(writes)
    done = subprocess.run(
        [sys.executable, "-m", "tutelage_collector.cli", "--state", str(collector.folder),
         "alert", "context", finding, "--reason", "It is not plain whether this is a story",
         "--as", "dsl", "--password-fd", str(reads)],
        capture_output=True, text=True, check=False, pass_fds=[reads], timeout=60,
    )  # fmt: skip
    os.close(reads)
    assert done.returncode == 1, done.stdout + done.stderr  # the answer is to come
    listed = json.loads(collector_cli(collector.folder, "alert", "show", finding, "--json"))
    assert "asked" in listed["more_of_the_text"]
    return done.stdout
