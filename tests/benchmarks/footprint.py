"""What a connected agent with every sensor costs while somebody works: memory, processor, wake-ups.

The real agent and the real collector, as processes of their own, on this machine; a signed policy
puts all five sensors into scope. Somebody works: a document is saved every half minute, a program
is downloaded every five, a page is visited every twenty seconds, and the title of the window in
front changes every fifteen (Xvfb, openbox and xterm must be here). With ``--idle`` nothing is done.
At the end 200 documents are saved at once; after they are read, memory must come back.

Memory is looked at every five seconds: the agent's own process, and together with its children
(the one that looks at the desktop, the one that reads documents), where pages that several share
count once. The agent runs as installed, with its modules compiled beforehand. Goals: 80 MB for the
agent itself, and 0.5 % of one core; peers are as published, not measured here.

Usage: footprint.py [SECONDS] [--idle], by default 600 after a minute's warm-up. The last line is
``ratio: N``: the agent's resident memory over the 200 MB that osquery's watchdog allows.
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import sqlite3
import statistics
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

import signed_policy
from ceremony import Ceremony
from processes import AgentFolder, CollectorProcess, wait_until
from screens import Screen
from tutelage_collector import state

if TYPE_CHECKING:
    import subprocess

    from tutelage_wire.documents import SignedDocument

GOAL_MB, GOAL_PERCENT = 80.0, 0.5
WARM_UP = 60.0
EVERY = 5
"""Seconds between two looks at memory."""
BURST = 200
"""Documents."""
SENSORS = ("files", "downloads", "browser_history", "window_title", "usage")
PUBLISHED = (
    ("osquery", "200", "10 (12 s)", "its watchdog's limits: osquery/core/watcher.cpp, PR #8070"),
    ("Elastic Agent", "220 to 280", "-", "its documentation: elastic/ingest-docs PR #1456"),
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
        self._screen = Screen(log, manager=True)
        self._window: subprocess.Popen[bytes] | None = None
        self._visit()

    def second(self, number: int) -> None:
        """Do what somebody does in this second."""
        if number % 15 == 0:
            if self._window is not None:
                self._window.terminate()
                self._window.wait()
            self._window = self._screen.window(f"essay {number} - writer")
        if number % 20 == 7:
            self._visit()
        if number % 30 == 11:
            self._save(f"essay {number}")
        if number % 300 == 100:
            (self._documents / f"setup {number}.exe").write_bytes(b"MZ" + bytes(4 << 20))

    def close(self) -> None:
        """Go home."""
        self._screen.close()

    def burst(self) -> None:
        """Unpack last year's work."""
        for number in range(BURST):
            self._save(f"from last year {number}")

    def _save(self, name: str) -> None:
        text = f"{name}. " + "The tide was out and the boats lay on the sand. " * 80
        (self._documents / f"{name}.docx").write_bytes(builders.docx(text))

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


def megabytes(process: psutil.Process) -> tuple[float, float, float]:
    """Return resident MB: the agent's own, of those its unique ones, and with its children.

    What a child has beside its private pages is programs and libraries that the agent has too.
    """
    own = process.memory_full_info()
    beside = 0
    for child in process.children(recursive=True):
        try:
            beside += child.memory_full_info().uss
        except psutil.Error:
            continue
    return own.rss / 1e6, own.uss / 1e6, (own.rss + beside) / 1e6


class School:
    """A collector whose signed policy watches with every sensor, and one pupil's device."""

    def __init__(self, folder: Path) -> None:
        self.collector = CollectorProcess(folder / "collector")
        self.collector.start()
        people = Ceremony("trust")
        people.collector_key = state.load(self.collector.folder).checkpoint_key
        self._publish(people.root())
        bundle = self.collector.bundle(folder / "bundle.json")
        self._publish(
            signed_policy.signed(people, 1, profile={"pupil": {"sensors": list(SENSORS)}})
        )
        on = {name: {"enabled": True} for name in ("browser_history", "window_title", "usage")}
        self.device = AgentFolder(
            folder / "agent", bundle, **on, frugality={"wait": True}, uplink={"bulk_wait": 2.0}
        )

    def _publish(self, *documents: SignedDocument) -> None:
        with closing(state.open_store(self.collector.settings)) as store:
            signed_policy.publish(store, "trust", *documents)

    def running(self) -> dict[str, str]:
        """Return what each sensor that runs says of itself."""
        try:
            told = json.loads((self.device.state / "status.json").read_text())["sensors"]
        except (OSError, ValueError):
            return {}
        return {one["name"]: one["reason"] for one in told if one["state"] == "running"}


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
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for room in ("agent", "protos", "policy_packs"):
            compileall.compile_dir(Path(__file__).parents[2] / room, quiet=1)
        school = School(folder)
        work = Work(school.device.documents, home, folder / "screen.log")
        process = school.device.run(folder / "agent.log", home=home)
        try:
            wait_until(lambda: set(school.running()) == set(SENSORS), 180)
            for number in range(int(WARM_UP)):
                work.second(number)
                time.sleep(1)
            seen = psutil.Process(process.pid)
            cpu, woke, began = used(seen), switches(seen), time.monotonic()
            looks: list[tuple[float, float, float]] = []
            for number in range(int(options.seconds)):
                if not options.idle:
                    work.second(number)
                if number % EVERY == 0:
                    looks.append(megabytes(seen))
                time.sleep(max(0.0, began + number + 1 - time.monotonic()))
            took = time.monotonic() - began
            percent = (used(seen) - cpu) / took * 100
            wakes = (switches(seen) - woke) / took
            work.burst()
            files = len(list(school.device.documents.iterdir()))
            wait_until(lambda: _read(school.running().get("files", "")) >= files, 300)
            highest = megabytes(seen)
            time.sleep(90)
            after = megabytes(seen)
            sensors = school.running()
        finally:
            work.close()
            process.terminate()
            process.wait(30)
            school.collector.stop()
    resident, unique, together = map(statistics.median, zip(*looks, strict=True))
    most = [max(column) for column in zip(*looks, strict=True)]
    doing = "nobody works" if options.idle else "somebody works"
    print(f"over          {took:.0f} s, connected, the shipped pack, {doing}")
    print(f"sensors       {len(sensors)} of {len(SENSORS)} running: {', '.join(sensors)}")
    print(f"resident      {resident:6.1f} MB, at most {most[0]:.1f} (goal {GOAL_MB:.0f})")
    print(f"of it unique  {unique:6.1f} MB; the rest is code that other programs may share")
    print(f"with children {together:6.1f} MB, at most {most[2]:.1f}, shared pages counted once")
    print(f"{BURST} documents {highest[0]:6.1f} MB when read, {after[0]:.1f} after 90 s")
    print(f"processor     {percent:6.3f} % of a core with its children (goal {GOAL_PERCENT})")
    print(f"wake-ups      {wakes:6.1f} a second")
    print(f"load          {os.getloadavg()[2]:6.1f} of {os.cpu_count()} cores, by everything here")
    print()
    print(f"{'program':14}{'MB':12}{'% of a core':14}said by")
    print(f"{'Tutelage':14}{f'{resident:.0f}':12}{f'{percent:.2f}':14}measured above")
    for peer, memory, processor, source in PUBLISHED:
        print(f"{peer:14}{memory:12}{processor:14}{source}")
    print(f"ratio: {resident / 200.0:.2f}")
    return 0


def _read(reason: str) -> int:
    """Return how many files a sensor says that it has read."""
    count = reason.split(" ", 1)[0].replace(",", "")
    return int(count) if count.isdigit() else 0


if __name__ == "__main__":
    sys.exit(main())
