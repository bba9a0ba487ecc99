"""An alert does not wait for what was gathered in a week away."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from preloaded import fill_bulk
from processes import AgentFolder, CollectorProcess, wait_until

BACKLOG = 180_000
"""Some twenty seconds on the way: longer than a pack takes to be opened, or even compiled."""

pytestmark = pytest.mark.slow


def ask(collector, question):
    with closing(sqlite3.connect(f"file:{collector.folder}/collector.db?mode=ro", uri=True)) as db:
        return int(db.execute(question).fetchone()[0] or 0)


def test_an_alert_is_stored_while_the_backlog_is_still_on_its_way(tmp_path):
    collector = CollectorProcess(tmp_path / "collector")
    collector.start()
    agent = AgentFolder(tmp_path / "agent", collector.bundle(tmp_path / "bundle.json"))
    (agent.documents / "note.txt").write_text("I want to kill myself", encoding="utf-8")
    fill_bulk(agent, BACKLOG)
    process = agent.run(tmp_path / "agent.log")
    try:
        wait_until(lambda: ask(collector, "SELECT count(*) FROM alert") > 0, 120)
        bulk = ask(collector, "SELECT max(next_sequence) - 1 FROM batch WHERE lane = 2")
        assert bulk < BACKLOG, "the backlog was longer than the way of the alert"
        wait_until(
            lambda: (
                ask(collector, "SELECT max(next_sequence) - 1 FROM batch WHERE lane = 2") >= BACKLOG
            ),
            240,
        )
    finally:
        process.terminate()
        process.wait(60)
        collector.stop()
