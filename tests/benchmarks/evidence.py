"""How long an evidence folder of 1,000 events takes to verify, and whether each change is named.

Ours checks all of it: hashes of 1,003 files, the authority's certificates, the device's keys, each
batch's signature and its place in the chain, 1,000 inclusion proofs. The peer does what a shell
can: ``sha256sum -c`` over the same files, and one ``openssl pkeyutl -verify`` for each batch's
signature; it proves no event's place and no chain. Both in this run. Last line: ``ratio: N``
(ours / peer).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

import evidence_changes
from live_collector import SCHOOL, TRUST, LiveCollector, detection_event
from tutelage_collector import config, evidence, state
from tutelage_wire import codec, times

EVENTS, BATCH, ROUNDS = 1_000, 100, 5
MOST_POSITIONS = 1_000_000


def made(folder: Path) -> Path:
    """Return an export of 1,000 alerts of one device."""
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(folder / "state", TRUST, SCHOOL, times.utc_now(), listen)
    with LiveCollector(folder / "state") as live:
        device = live.device()
        ids = []
        for _ in range(EVENTS // BATCH):
            events = [detection_event(device) for _ in range(BATCH)]
            device.send(device.close_batch([codec.encode_event(event) for event in events]))
            ids += [event.id for event in events]
        with live.store() as store:
            held = state.load(live.settings.folder)
            evidence.export(store, held, TRUST, ids, folder / "export", times.utc_now())
    return folder / "export"


def seconds_of_ours(folder: Path) -> float:
    """Verify as a court would: the folder's own script, in a process of its own."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, str(folder / "verify.py"), str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def prepared_peer(folder: Path, scratch: Path) -> list[list[str]]:
    """Write what the shell's tools need; return their commands."""
    manifest = json.loads((folder / "manifest.json").read_text())
    sums = "".join(f"{digest}  {name}\n" for name, digest in manifest["files"].items())
    (scratch / "sums").write_text(sums)
    found = json.loads((folder / "evidence.json").read_text())
    commands = []
    for number, row in enumerate(row for chain in found["chains"] for row in chain["batches"]):
        public = ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(row["signing_key"]))
        (scratch / f"{number}.pem").write_bytes(
            public.public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        signed = b"tutelage/batch/v1\x00" + bytes.fromhex(row["header"])
        (scratch / f"{number}.txt").write_bytes(signed)
        (scratch / f"{number}.sig").write_bytes(bytes.fromhex(row["signature"]))
        commands.append(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(scratch / f"{number}.pem"),
             "-rawin", "-in", str(scratch / f"{number}.txt"),
             "-sigfile", str(scratch / f"{number}.sig")]
        )  # fmt: skip
    return commands


def seconds_of_peer(folder: Path, scratch: Path, commands: list[list[str]]) -> float:
    began = time.perf_counter()
    subprocess.run(["sha256sum", "--quiet", "-c", str(scratch / "sums")], cwd=folder, check=True)
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def kinds_named(folder: Path, scratch: Path) -> tuple[int, int]:
    """Try each kind of change (``evidence_changes``) on one event's folder and on the large one."""
    tried = named = 0
    for what, change in evidence_changes.outsiders(folder).items():
        if "events/" in what and not what.startswith(_first_event(folder)) and ":" in what:
            continue  # of a thousand like files one is enough for each kind
        copy = shutil.copytree(folder, scratch / "kind" / "copy")
        name = change(copy)
        tried += 1
        try:
            evidence.verify(copy)
        except evidence.Fault as fault:
            named += name in str(fault)
        shutil.rmtree(scratch / "kind")
    return tried, named


def _first_event(folder: Path) -> str:
    return min(f"events/{one.name}" for one in (folder / "events").iterdir())


def bytes_named(
    folder: Path, chance: random.Random, begin: int, seconds: float
) -> tuple[int, int, int]:
    """Change single bytes; return how many were tried, how many named, and where to go on.

    First, last and a middle byte of each file, then every byte of those that are small, then bytes
    of all files in a drawn order. What is changed is what lies on the disk, and the verifier
    reads all of the folder anew each time.
    """
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    sizes = {path: path.stat().st_size for path in files}
    plan = [(path, at) for path in files for at in (0, sizes[path] // 2, sizes[path] - 1)]
    small = [path for path in files if path.suffix in (".sig", ".bin")][:3]
    plan += [(path, at) for path in small for at in range(sizes[path])]
    while len(plan) < MOST_POSITIONS:
        path = chance.choice(files)
        plan.append((path, chance.randrange(sizes[path])))
    tried = named = 0
    until = time.monotonic() + seconds
    for path, at in plan[begin:]:
        if time.monotonic() > until:
            break
        good = path.read_bytes()
        other = good[at] ^ (1 + (at * 7 + tried) % 255)
        path.write_bytes(good[:at] + bytes([other]) + good[at + 1 :])
        tried += 1
        try:
            evidence.verify(folder)
        except evidence.Fault as fault:
            named += path.name in str(fault)
        finally:
            path.write_bytes(good)
    return tried, named, begin + tried


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--skip-changes", action="store_true", help="only the time")
    options.add_argument("--seconds", type=float, default=60.0, help="for single bytes")
    options.add_argument("--begin", type=int, default=0, help="go on from this position")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    if shutil.which("openssl") is None:
        print("openssl is missing: apt-get install openssl")
        return 2
    with tempfile.TemporaryDirectory() as parent:
        folder, scratch = made(Path(parent)), Path(parent) / "scratch"
        scratch.mkdir()
        commands = prepared_peer(folder, scratch)
        ours, peers = [], []
        for _ in range(ROUNDS):
            ours.append(seconds_of_ours(folder))
            peers.append(seconds_of_peer(folder, scratch, commands))
        size = sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
        print(f"{EVENTS} events, {EVENTS // BATCH} batches, {size / 2**20:.1f} MiB")
        if not chosen.skip_changes:
            tried, named = kinds_named(folder, scratch)
            print(f"{tried} kinds of change: {named} refused and named")
            single, right, following = bytes_named(
                folder, random.Random(chosen.seed), chosen.begin, chosen.seconds
            )
            print(f"{single} single bytes: {right} refused and named; go on: --begin {following}")
            if (named, right) != (tried, single):
                return 1
    print(f"ours, a new process: {statistics.median(ours):.2f} s (goal: under 2 s)")
    print(f"sha256sum and openssl: {statistics.median(peers):.2f} s")
    print(f"ratio: {statistics.median(ours) / statistics.median(peers):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
