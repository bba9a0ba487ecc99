"""What a key in a TPM costs a connection, and the agent's memory, beside a key in memory.

The TPM is swtpm: a chip takes some 0.2 to 1 s where it takes milliseconds. What is compared is our
side of it: codec, sessions, gRPC's custom signer. The peer is one signature by ``tpm2_sign`` of
tpm2-tools, with which the prototype signed its handshakes (reference: architecture.md, decision 1).

    python tests/benchmarks/tpm_handshake.py [--times N]
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import grpc
import psutil
from cryptography.hazmat.primitives import serialization

from live_collector import SCHOOL, TRUST, Device, LiveCollector
from software_tpm import SoftwareTpm
from tutelage_agent.enrolment import Evidence, enrol
from tutelage_agent.identity import DeviceKeys
from tutelage_agent.keystore.memory_key import MemoryKey
from tutelage_agent.tls_identity import channel_credentials
from tutelage_collector import config, state
from tutelage_wire import times
from tutelage_wire.names import COLLECTOR_NAME

if TYPE_CHECKING:
    from tutelage_agent.keystore import TlsKey


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=30)
    count = parser.parse_args().times
    with tempfile.TemporaryDirectory() as scratch:
        return _measure(Path(scratch), count)


def _measure(folder: Path, count: int) -> int:
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(folder / "collector", TRUST, SCHOOL, times.utc_now(), listen)
    tpm = SoftwareTpm(folder / "tpm").start()
    try:
        with LiveCollector(folder / "collector") as live:
            file_device = Device(live.bundle(quota=3), "file")
            file_device.enrol()
            pem = file_device.tls.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            root = file_device.bundle.ca_certificate.encode()
            own = lambda: grpc.ssl_channel_credentials(root, pem, file_device.chain)  # noqa: E731
            kept = MemoryKey(file_device.tls)
            port = lambda: channel_credentials(kept, file_device.chain, root, print)  # noqa: E731

            process = psutil.Process()
            before = process.memory_info().rss
            from tutelage_agent.keystore.tpm.chip import Chip
            from tutelage_agent.keystore.tpm.store import TpmKeyStore

            store = TpmKeyStore(folder / "keys", b"machine", Chip(tpm.where))
            store.prove()
            grown = process.memory_info().rss - before
            chip_device = Device(live.bundle(), "tpm")
            key = store.draw_key()
            chip_device.chain = _enrolled(chip_device, key)
            hard = lambda: channel_credentials(key, chip_device.chain, root, print)  # noqa: E731

            where = file_device.bundle.link_address
            rows = {"gRPC's own, key in memory": own, "sign port, key in memory": port,
                    "sign port, key in swtpm": hard}  # fmt: skip
            taken: dict[str, list[float]] = {name: [] for name in rows}
            for _ in range(count):
                for name, make in rows.items():
                    taken[name].append(_handshake(where, make()))
            peer = _tools(tpm, folder, count)
    finally:
        tpm.stop()
    for name, found in taken.items():
        print(f"{name:28} {statistics.median(found) * 1000:7.1f} ms")
    print(f"codec and store loaded, proven once: {grown / 2**20:.1f} MiB")
    ours = statistics.median(taken["sign port, key in swtpm"])
    print(f"{'tpm2_sign, one signature':28} {peer * 1000:7.1f} ms")
    print(f"ratio: {ours / peer:.2f}")
    return 0


def _enrolled(device: Device, key: TlsKey) -> bytes:
    keys = DeviceKeys(key, device.signing)
    said = Evidence("tpm", "linux", "", "t")
    member = asyncio.run(enrol(device.bundle, keys, said, print))
    return member.certificate_chain.encode()


def _tools(tpm: SoftwareTpm, folder: Path, count: int) -> float:
    """Return the median seconds of a signature by tpm2-tools, with a key that lies ready."""
    primary, public, private, key = (str(folder / one) for one in ("p.ctx", "k.pub", "k.priv", "k"))
    (folder / "message").write_bytes(b"message")
    tpm.tool("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", primary)
    tpm.tool("tpm2_flushcontext", "-t")
    tpm.tool("tpm2_create", "-C", primary, "-G", "ecc:ecdsa", "-u", public, "-r", private)
    tpm.tool("tpm2_flushcontext", "-t")
    tpm.tool("tpm2_load", "-C", primary, "-u", public, "-r", private, "-c", key)
    taken = []
    for _ in range(count):
        tpm.tool("tpm2_flushcontext", "-t")  # here is no resource manager
        began = time.perf_counter()
        tpm.tool("tpm2_sign", "-c", key, "-g", "sha256", "-o", str(folder / "sig"),
                 str(folder / "message"))  # fmt: skip
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _handshake(where: str, credentials: grpc.ChannelCredentials) -> float:
    options = (("grpc.ssl_target_name_override", COLLECTOR_NAME),)
    began = time.perf_counter()
    with grpc.secure_channel(where, credentials, options) as channel:
        grpc.channel_ready_future(channel).result(timeout=20)
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
