"""How long a thousand devices take to join through one token, on this machine.

The collector serves in a process of its own; the devices (here: threads) draw two keys each, ask
for a nonce over TLS, and send a request bound to it; the collector checks the token's MAC and three
signatures, takes a place of the quota, issues a certificate, and keeps device, proof and signed
audit row durably. The peer makes a key, a request and a certificate for each with openssl from a
shell loop: no network, no token, no proof, no record. Last line: ``ratio: N`` (ours / peer).
"""

from __future__ import annotations

import argparse
import concurrent.futures
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from live_collector import Device
from processes import CollectorProcess
from tutelage_wire import bundle as bundles

GOAL_SECONDS = 60.0
_PEER = """
set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca -keyout ca.key -out ca.crt 2>/dev/null
for i in $(seq {devices}); do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$i -keyout $i.key -out $i.csr 2>/dev/null
  openssl x509 -req -in $i.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 90 -out $i.crt 2>/dev/null
done
"""  # noqa: E501 - a shell script


def seconds_of_ours(folder: Path, devices: int, threads: int) -> float:
    collector = CollectorProcess(folder / "state")
    collector.start()
    try:
        file = collector.bundle(folder / "bundle.json", quota=devices)
        bundle = bundles.loads(file.read_text(encoding="utf-8"))
        began = time.perf_counter()
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            for _ in pool.map(
                lambda number: Device(bundle, f"PC {number}").enrol(), range(devices)
            ):
                pass
        return time.perf_counter() - began
    finally:
        collector.stop()


def seconds_of_peer(folder: Path, devices: int) -> float:
    folder.mkdir()
    began = time.perf_counter()
    subprocess.run(["/bin/sh", "-c", _PEER.format(devices=devices)], cwd=folder, check=True)
    return time.perf_counter() - began


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--devices", type=int, default=1_000)
    options.add_argument("--threads", type=int, default=8)
    options.add_argument("--peer-devices", type=int, default=100, help="compared for each device")
    chosen = options.parse_args()
    if shutil.which("openssl") is None:
        print("openssl is missing: apt-get install openssl")
        return 2
    with tempfile.TemporaryDirectory() as parent:
        ours = seconds_of_ours(Path(parent), chosen.devices, chosen.threads)
        peer = seconds_of_peer(Path(parent) / "peer", chosen.peer_devices)
    print(
        f"{chosen.devices} devices, through one token, devices and collector on this machine: "
        f"{ours:.1f} s (goal: {GOAL_SECONDS:.0f} s)"
    )
    print(
        f"openssl, a key, a request and a certificate for each of {chosen.peer_devices}: "
        f"{peer:.1f} s"
    )
    print(f"ratio: {ours / chosen.devices / (peer / chosen.peer_devices):.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
