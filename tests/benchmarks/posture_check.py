"""What looking at this device costs, against lynis on the same machine.

Peer: `lynis audit system` with the groups of tests that ask what our checks ask (accounts, storage,
malware, firewalls, USB, packages, kernel, boot). It asks more in each group and knows no school
policy, so the ratio says what a round costs, not which tool is better. Ours is the whole
`tutelage-agent check`, start of Python included, once searching for fixes anew and once with the
day's search kept. Then the cheap tier alone in a running process, as the agent repeats it.

CPU seconds of all children (user and system), medians, interleaved.
Usage: posture_check.py [ROUNDS]
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tutelage_agent.host.local import LocalHost
from tutelage_agent.posture import DeviceClass, Profile, Tier, load_reference, run_checks

GROUPS = (
    "authentication,boot_services,filesystems,firewalls,kernel,malware,ports_packages,storage,usb"
)
GOAL_CHEAP_MS, GOAL_CHECK_S = 20.0, 1.0


def cost(words: list[str]) -> tuple[float, float]:
    """Return (CPU seconds, wall seconds) of a program and all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def cheap_round(state: Path) -> float:
    """Return milliseconds of CPU of one round of the cheap tier in a process that runs already."""
    host = LocalHost(state=state)
    reference = load_reference()
    rounds = []
    for _ in range(15):
        began = time.process_time()
        run_checks(
            host, profiles=tuple(Profile), device_class=DeviceClass.ASSIGNED, reference=reference,
            now=host.now(), tiers=(Tier.CHEAP,),
        )  # fmt: skip
        rounds.append(1000 * (time.process_time() - began))
    return statistics.median(rounds)


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    lynis = shutil.which("lynis") or shutil.which("lynis", path="/usr/sbin:/sbin")
    if lynis is None:
        print("lynis is not on this machine: apt-get install lynis")
        return 2
    program = str(Path(sys.executable).parent / "tutelage-agent")
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        config = state / "agent.toml"
        config.write_text(f"state_folder = '{state}'\n", encoding="utf-8")
        check = [program, "--config", str(config), "check", "--profile", "all"]
        peer = [lynis, "audit", "system", "--quick", "--no-colors", "--tests-from-group", GROUPS]
        measured: dict[str, list[tuple[float, float]]] = {}
        for _ in range(times):
            for label, words in (
                ("ours, fixes searched anew", [*check, "--fresh"]),
                ("ours, the day's search kept", check),
                ("lynis, the same subjects", peer),
            ):
                measured.setdefault(label, []).append(cost(words))
        cheap = cheap_round(state)
    medians = {}
    for label, runs in measured.items():
        cpu, wall = (statistics.median(run[i] for run in runs) for i in (0, 1))
        medians[label] = (cpu, wall)
        print(f"{label}: {cpu:.2f} s CPU, {wall:.2f} s wall (median of {len(runs)})")
    fresh, kept, theirs = medians.values()
    print(f"wall ratio: {fresh[1] / theirs[1]:.3f}; with the search kept {kept[1] / theirs[1]:.3f}")
    print(f"goal: whole check under {GOAL_CHECK_S:g} s CPU with the search kept: {kept[0]:.2f} s")
    print(f"goal: cheap tier under {GOAL_CHEAP_MS:g} ms CPU a round: {cheap:.1f} ms")
    print(f"ratio: {fresh[0] / theirs[0]:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
