"""From closing a file to the alert stored, beside a saturated bulk stream. Goals: p50 1 s, p99 3 s.

The real agent and the real collector, as processes of their own, on this machine. The agent's spool
is filled with bulk events first, so that its bulk stream is busy from beginning to end; then
documents that match are written one by one, and the collector's database is asked when each alert
stands in it. In the same run, rsyslog watches a folder in the same way (imfile, with inotify) and
writes each new file's line to another one: it matches, signs, encrypts and sends nothing.

Usage: latency.py [DOCUMENTS], by default 200. Needs rsyslogd for the peer. The last line is
``ratio: N``: our median over rsyslog's.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from preloaded import fill_bulk, spool_events
from processes import AgentFolder, CollectorProcess, wait_until

BACKLOG = 400_000
GOALS = (1.0, 3.0)
RULES = """
module(load="imfile" mode="inotify")
input(type="imfile" file="{docs}/*.txt" tag="doc" freshStartTail="off")
action(type="omfile" file="{out}")
"""


def alerts(database: Path) -> int:
    """Return how many alerts are stored."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM alert").fetchone()[0])


def ours(folder: Path, count: int) -> tuple[list[float], int, int]:
    """Return the seconds of each document, and the bulk backlog before and after."""
    collector = CollectorProcess(folder / "collector")
    collector.start()
    agent = AgentFolder(
        folder / "agent",
        collector.bundle(folder / "bundle.json"),
        uplink={"heartbeat_every": 1.0},
    )
    fill_bulk(agent, BACKLOG)
    process = agent.run(folder / "agent.log")
    database = collector.folder / "collector.db"
    try:
        status = agent.state / "status.json"
        wait_until(lambda: status.exists() and '"pack": "kcsie' in status.read_text(), 120)
        (agent.documents / "first.txt").write_text("I want to kill myself", encoding="utf-8")
        wait_until(lambda: alerts(database) >= 1, 60)
        before, seconds = spool_events(agent), []
        for number in range(count):
            had = alerts(database)
            path = agent.documents / f"note {number}.txt"
            path.write_text(f"Note {number}: I want to kill myself.", encoding="utf-8")
            closed = time.perf_counter()
            while alerts(database) <= had:
                time.sleep(0.002)
                if time.perf_counter() - closed > 60:
                    raise SystemExit("an alert did not come within a minute")
            seconds.append(time.perf_counter() - closed)
        after = spool_events(agent)
    finally:
        process.terminate()
        process.wait(60)
        collector.stop()
    return seconds, before, after


def rsyslog(folder: Path, count: int) -> list[float]:
    """Return the seconds from closing a file to its line in rsyslog's output."""
    program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
    if program is None:
        return []
    docs, out, rules = folder / "docs", folder / "out.log", folder / "rsyslog.conf"
    docs.mkdir()
    (folder / "work").mkdir()
    head = f'global(workDirectory="{folder}/work")\n'
    rules.write_text(head + RULES.format(docs=docs, out=out), encoding="utf-8")
    process = subprocess.Popen(
        [program, "-n", "-f", str(rules), "-i", str(folder / "pid")], stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(2)
        seconds = []
        for number in range(count):
            path = docs / f"note {number}.txt"
            path.write_text(f"Note {number}: I want to kill myself.\n", encoding="utf-8")
            closed = time.perf_counter()
            wanted = f"Note {number}:".encode()
            while not out.exists() or wanted not in out.read_bytes()[-4096:]:
                time.sleep(0.002)
                if time.perf_counter() - closed > 60:
                    return []
            seconds.append(time.perf_counter() - closed)
    finally:
        process.terminate()
        process.wait(30)
    return seconds


def shown(name: str, seconds: list[float]) -> str:
    """Return a line of percentiles."""
    p99 = sorted(seconds)[int(len(seconds) * 0.99) - 1]
    return (
        f"{name:10} p50 {statistics.median(seconds) * 1000:6.0f} ms   p99 {p99 * 1000:6.0f} ms   "
        f"slowest {max(seconds) * 1000:6.0f} ms   over {len(seconds)} documents"
    )


def main() -> int:
    """Measure both and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as name:
        seconds, before, after = ours(Path(name), count)
        peer = rsyslog(Path(name), count)
    print(shown("tutelage", seconds))
    print(f"{'':10} beside a bulk backlog of {before} events at the beginning, {after} at the end")
    if after < 1_000:
        print("NOT SATURATED: the backlog was gone before the last document; take fewer documents")
    print(f"{'':10} goals: p50 under {GOALS[0]:.0f} s, p99 under {GOALS[1]:.0f} s")
    if not peer:
        print("rsyslog did not run: the ratio is to the goal")
        print(f"ratio: {statistics.median(seconds) / GOALS[0]:.2f}")
        return 0
    print(shown("rsyslog", peer))
    print(f"ratio: {statistics.median(seconds) / statistics.median(peer):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
