"""What a connected, idle agent costs: memory, processor, wake-ups. Goals: 60 MB, 0.1 % of a core.

The real agent and the real collector, as processes of their own, on this machine. The ratio is the
agent's resident memory over the 60 MB of the goal; the published figures of peers are in
tests/benchmarks/README.md. Usage: footprint.py [SECONDS], by default 120 after a minute's warm-up.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from processes import AgentFolder, CollectorProcess, wait_until

GOAL_MB, GOAL_PERCENT = 60.0, 0.1
WARM_UP = 60.0


def switches(process: psutil.Process) -> int:
    """Return voluntary context switches of all threads: how often it woke up."""
    total = 0
    for thread in process.threads():
        status = Path(f"/proc/{process.pid}/task/{thread.id}/status").read_text(encoding="ascii")
        total += int(status.partition("voluntary_ctxt_switches:")[2].split()[0])
    return total


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collector = CollectorProcess(folder / "collector")
        collector.start()
        agent = AgentFolder(
            folder / "agent",
            collector.bundle(folder / "bundle.json"),
            browser_history={"enabled": True},
            uplink={"bulk_wait": 2.0},
        )
        process = agent.run(folder / "agent.log")
        try:
            status = agent.state / "status.json"
            wait_until(lambda: status.exists() and '"pack": "kcsie' in status.read_text(), 120)
            (agent.documents / "warm-up.txt").write_text("nothing to see here", encoding="utf-8")
            time.sleep(WARM_UP)
            seen = psutil.Process(process.pid)
            cpu, woke, began = sum(seen.cpu_times()[:4]), switches(seen), time.monotonic()
            time.sleep(seconds)
            took = time.monotonic() - began
            percent = (sum(seen.cpu_times()[:4]) - cpu) / took * 100
            wakes = (switches(seen) - woke) / took
            memory = seen.memory_full_info()
            children = [child.memory_info().rss for child in seen.children(recursive=True)]
        finally:
            process.terminate()
            process.wait(30)
            collector.stop()
    resident = memory.rss / 1e6
    print(
        f"resident      {resident:6.1f} MB (goal {GOAL_MB:.0f}); unique {memory.uss / 1e6:.1f} MB"
    )
    print(f"children      {len(children)}, {sum(children) / 1e6:.1f} MB")
    print(f"processor     {percent:6.3f} % of a core (goal {GOAL_PERCENT})")
    print(f"wake-ups      {wakes:6.1f} a second")
    print(f"over          {took:.0f} s, connected, all sensors, the shipped pack")
    print(f"ratio: {resident / GOAL_MB:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
