"""What a connected agent with every sensor costs while somebody works: memory, processor, wake-ups.

The real agent and the real collector, as processes of their own, on this machine. Somebody works: a
document is saved every half minute, a program is downloaded every five, a page is visited every
twenty seconds, and where Xvfb and openbox are installed, the title of the window in front changes
every fifteen. With ``--idle`` nothing is done. Goals: 80 MB for the agent itself, and 0.5 % of
one core; peers are as published (tests/benchmarks/README.md), not measured here.

Usage: footprint.py [SECONDS] [--idle], by default 600 after a minute's warm-up. The last line is
``ratio: N``: the agent's resident memory over the 200 MB that osquery's watchdog allows.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "agent" / "extract"))

import builders

from processes import AgentFolder, CollectorProcess, wait_until
from screens import Screen

if TYPE_CHECKING:
    import subprocess

GOAL_MB, GOAL_PERCENT = 80.0, 0.5
WARM_UP = 60.0
PUBLISHED = (
    ("osquery", "its watchdog ends a worker over 200 MB, or over 10 % of a core for 12 s"),
    ("Elastic Agent", "about 220 to 280 MB with system and log collection"),
)
HISTORY = """
CREATE TABLE IF NOT EXISTS urls(id INTEGER PRIMARY KEY AUTOINCREMENT, url TEXT, title TEXT);
CREATE TABLE IF NOT EXISTS visits(id INTEGER PRIMARY KEY AUTOINCREMENT, url INTEGER,
    visit_time INTEGER, transition INTEGER DEFAULT 0, originator_cache_guid TEXT DEFAULT '');
CREATE TABLE IF NOT EXISTS keyword_search_terms(keyword_id INTEGER, url_id INTEGER, term TEXT);
"""


def switches(process: psutil.Process) -> int:
    """Return voluntary context switches of all threads: how often it woke up."""
    total = 0
    for thread in process.threads():
        status = Path(f"/proc/{process.pid}/task/{thread.id}/status").read_text(encoding="ascii")
        total += int(status.partition("voluntary_ctxt_switches:")[2].split()[0])
    return total


class Work:
    """Somebody at the desk."""

    def __init__(self, documents: Path, home: Path, log: Path) -> None:
        self._documents, self._number = documents, 0
        self._history = home / ".config" / "chromium" / "Default" / "History"
        self._history.parent.mkdir(parents=True)
        there = shutil.which("Xvfb") and shutil.which("openbox") and shutil.which("xterm")
        self._screen = Screen(log, manager=True) if there else None
        self._window: subprocess.Popen[bytes] | None = None
        self._visit()

    def second(self, number: int) -> None:
        """Do what somebody does in this second."""
        if number % 15 == 0 and self._screen is not None:
            if self._window is not None:
                self._window.terminate()
                self._window.wait()
            self._window = self._screen.window(f"essay {number} - writer")
        if number % 20 == 7:
            self._visit()
        if number % 30 == 11:
            text = f"Essay {number}. " + "The tide was out and the boats lay on the sand. " * 80
            (self._documents / f"essay {number}.docx").write_bytes(builders.docx(text))
        if number % 300 == 100:
            (self._documents / f"setup {number}.exe").write_bytes(b"MZ" + bytes(4 << 20))

    def close(self) -> None:
        """Go home."""
        if self._screen is not None:
            self._screen.close()

    def _visit(self) -> None:
        self._number += 1
        at = int((datetime.now(UTC) - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
        with closing(sqlite3.connect(self._history)) as db, db:
            db.executescript(HISTORY)
            page = db.execute(
                "INSERT INTO urls(url, title) VALUES (?, ?)",
                (f"https://news.example/story-{self._number}", f"Story {self._number}"),
            ).lastrowid
            db.execute("INSERT INTO visits(url, visit_time) VALUES (?, ?)", (page, at))


def used(process: psutil.Process) -> float:
    """Return processor seconds of a process and of all that it started."""
    total = sum(process.cpu_times()[:4])
    for child in process.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.Error:
            continue
    return total


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600.0)
    parser.add_argument("--idle", action="store_true", help="nobody works")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        collector = CollectorProcess(folder / "collector")
        collector.start()
        switched_on = {
            sensor: {"enabled": True} for sensor in ("browser_history", "window_title", "usage")
        }
        agent = AgentFolder(
            folder / "agent",
            collector.bundle(folder / "bundle.json"),
            **switched_on,
            frugality={"wait": True},
            uplink={"bulk_wait": 2.0},
        )
        work = Work(agent.documents, home, folder / "screen.log")
        process = agent.run(folder / "agent.log", home=home)
        try:
            status = agent.state / "status.json"
            wait_until(lambda: status.exists() and '"pack": "kcsie' in status.read_text(), 120)
            for number in range(int(WARM_UP)):
                work.second(number)
                time.sleep(1)
            seen = psutil.Process(process.pid)
            cpu, woke, began = used(seen), switches(seen), time.monotonic()
            for number in range(int(options.seconds)):
                if not options.idle:
                    work.second(number)
                time.sleep(max(0.0, began + number + 1 - time.monotonic()))
            took = time.monotonic() - began
            percent = (used(seen) - cpu) / took * 100
            wakes = (switches(seen) - woke) / took
            memory = seen.memory_full_info()
            children = [child.memory_full_info() for child in seen.children(recursive=True)]
            sensors = status.read_text().partition('"sensors"')[2]
        finally:
            work.close()
            process.terminate()
            process.wait(30)
            collector.stop()
    resident = memory.rss / 1e6
    inside = sum(child.uss for child in children) / 1e6
    print(
        f"resident      {resident:6.1f} MB (goal {GOAL_MB:.0f}); unique {memory.uss / 1e6:.1f} MB"
    )
    print(f"children      {len(children)}, {inside:.1f} MB of their own")
    print(f"processor     {percent:6.3f} % of a core with its children (goal {GOAL_PERCENT})")
    print(f"wake-ups      {wakes:6.1f} a second")
    doing = "nobody works" if options.idle else "somebody works"
    print(f"over          {took:.0f} s, connected, the shipped pack, {doing}")
    print(f"sensors       {sensors.count('running')} running")
    for peer, figure in PUBLISHED:
        print(f"published     {peer}: {figure}")
    print(f"ratio: {resident / 200.0:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
