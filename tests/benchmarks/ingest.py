"""What one event costs the collector, beside rsyslog with RELP and mutual TLS to a file.

Both serve in processes of their own, on loopback, in the same run, in turns; what is counted is
the CPU time (user and system) of the serving process, from its first byte to its last answer.

- Ours: batches of 100 events on bulk streams over mutual TLS; each batch's signature, Merkle root
  and chain are verified, it is deduplicated, committed with ``synchronous=FULL``, projected
  (judgements, rollups, alerts, device states), and answered with a signed checkpoint.
- rsyslog: ``imrelp`` with mutual TLS and ``omfile``: each line is answered from the queue in
  memory. It verifies no signature, removes no duplicate, and its answer promises no disk.

Batches of 100 come from a device that was away. Its day holds 1,440 signs of life, about 100
judgements (each daily, and when it changes) and a few findings; the batch is rounded against us:
80 signs of life, 12 judgements, 4 findings about the monitoring, 3 for ICT, 1 detection with its
sealed excerpt. The lines are as long as the events. The second figure is of batches of judgements
alone, the dearest there are: what a device sends first.

Needs rsyslogd with rsyslog-relp and rsyslog-gnutls or rsyslog-openssl. Last line: ``ratio: N``.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from live_collector import (
    SCHOOL,
    TRUST,
    Device,
    detection_event,
    heartbeat,
    judgement,
    new_token,
)
from tutelage_collector import config, pki, serving, state
from tutelage_wire import codec, names, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import (
    IctFinding,
    IntegrityFinding,
    IntegrityKind,
    SensorReport,
    SensorState,
)
from tutelage_wire.v1 import batch_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 100
DEVICES = 10
CHECKS = 30
PROFILES = ("school-s11", "cyber-essentials", "dfe")
WINDOW = 8
ID_AT = slice(2, 18)
"""Where the id lies in an event's bytes: field 1, 16 bytes."""


@dataclass(frozen=True)
class Cost:
    cpu_us: float
    """For each event."""
    wall_seconds: float


def backlog(device: Device, number: int) -> list[bytes]:
    """Return the events of one batch of a device's backlog."""
    sensors = tuple(
        SensorReport(name, SensorState.RUNNING, "", times.utc_now())
        for name in ("files", "downloads", "browser_history", "window_title")
    )
    beat = replace(
        heartbeat(), system="Windows 11 Pro 24H2, x86-64", key_protection="tpm",
        packs=("kcsie@1.4.0#0123456789abcdef",), sensors=sensors,
        blind_spots=("wayland: window titles are not told to other programs",),
    )  # fmt: skip
    bodies = [beat] * 80 + judgements(number)[:12]
    bodies += [IntegrityFinding(IntegrityKind.FILE_UNINSPECTABLE, "encrypted document", 3)] * 4
    bodies += [IctFinding("vpn_tool", "an installer in Downloads", "ab" * 32, "a1b2c3d4")] * 3
    encoded = [codec.encode_event(device.event(body)) for body in bodies]
    return [*encoded, codec.encode_event(detection_event(device))]


def judgements(number: int) -> list:
    """Return 100 judgements, of which ten changed since the batch before."""
    checks = [(profile, n) for n in range(CHECKS) for profile in PROFILES]
    rotated = checks[number * 30 % 90 :] + checks[: number * 30 % 90]
    return [
        judgement(
            profile=profile, check_id=f"family.check_{n}", title="A check of this benchmark",
            advice_ict="What the ICT manager is to do about it, in one plain sentence.",
            actual="encrypted" if number % 2 or n % 10 else "encrypted, key escrowed",
        )
        for profile, n in [*rotated, *checks[:10]]
    ]  # fmt: skip


class Ours:
    """The collector in a process of its own, and devices that speak to it."""

    def __init__(self, folder: Path) -> None:
        listen = config.Listen(advertise="127.0.0.1", enrol_port=0, link_port=0, web_port=0)
        state.initialise(folder, TRUST, SCHOOL, times.utc_now(), listen)
        settings = config.load(folder)
        bundle = new_token(settings, quota=DEVICES)
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tutelage_collector.cli", "--state", str(folder), "serve"],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        found = until(lambda: serving.read(folder), "the collector did not start")
        bundle = replace(bundle, enrol_address=found.enrol, link_address=found.link)
        self.devices = [Device(bundle, f"device {n}") for n in range(DEVICES)]
        for device in self.devices:
            device.enrol()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def prepare(self, batches: int, *, posture_only: bool) -> list[list[bytes]]:
        """Sign batches for each device; returns them by device."""
        lots = []
        for device in self.devices:
            lot = []
            templates = [
                [codec.encode_event(device.event(one)) for one in judgements(n)]
                if posture_only
                else backlog(device, n)
                for n in range(3)
            ]
            for n in range(batches):
                events = []
                for data in templates[n % 3]:
                    fresh = bytearray(data)
                    fresh[ID_AT] = bytes.fromhex(codec.new_event_id())
                    events.append(bytes(fresh))
                lot.append(codec.encode_batch(device.close_batch(events, TravelLane.BULK)))
            lots.append(lot)
        return lots

    def run(self, lots: list[list[bytes]]) -> Cost:
        """Send all; return what it cost the server."""
        before, began = cpu(self._process.pid), time.monotonic()
        asyncio.run(self._send(lots))
        spent = cpu(self._process.pid) - before
        number = sum(map(len, lots)) * BATCH
        return Cost(1e6 * spent / number, time.monotonic() - began)

    async def _send(self, lots: list[list[bytes]]) -> None:
        await asyncio.gather(*map(self._send_lot, self.devices, lots))

    async def _send_lot(self, device: Device, lot: list[bytes]) -> None:
        credentials = grpc.ssl_channel_credentials(
            device.bundle.ca_certificate.encode(),
            pki.key_pem(device.tls),
            device.chain,
        )
        options = [("grpc.ssl_target_name_override", names.COLLECTOR_NAME)]
        async with grpc.aio.secure_channel(
            device.bundle.link_address, credentials, options
        ) as channel:
            stream = channel.stream_stream("/tutelage.v1.AgentLink/Bulk")()
            window = asyncio.Semaphore(WINDOW)

            async def read() -> None:
                for _ in lot:
                    receipt = batch_pb2.Receipt.FromString(await stream.read())
                    if receipt.result != batch_pb2.APPEND_RESULT_STORED:
                        raise SystemExit(f"not stored: {receipt.message}")
                    window.release()

            reading = asyncio.create_task(read())
            for raw in lot:
                await window.acquire()
                await stream.write(raw)
            await reading
            await stream.done_writing()


class Rsyslog:
    """``imrelp`` with mutual TLS, to a file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        now = times.utc_now()
        root = pki.make_root(TRUST, now)
        issuer = pki.make_intermediate(root, TRUST, now)
        key = pki.new_key()
        leaf = pki.make_server(issuer, key, (), now)
        client = pki.new_key()
        name = names.DeviceName(TRUST, SCHOOL, codec.new_event_id())
        chain = pki.issue_device(issuer, client.public_key(), name, now).chain
        files = {
            "ca.pem": pki.pem(root.certificate) + pki.pem(issuer.certificate),
            "server.key": pki.key_pem(key),
            "server.pem": pki.pem(leaf) + pki.pem(issuer.certificate),
            "client.key": pki.key_pem(client),
            "client.pem": chain,
        }
        for file, data in files.items():
            (folder / file).write_bytes(data)
        self._port = free_port()
        settings = folder / "rsyslog.conf"
        settings.write_text(
            f'global(workDirectory="{folder}")\n'
            'module(load="imrelp" tls.tlslib="openssl")\n'
            f'input(type="imrelp" port="{self._port}" tls="on" tls.authMode="certvalid"\n'
            f'  tls.caCert="{folder}/ca.pem" tls.myCert="{folder}/server.pem"\n'
            f'  tls.myPrivKey="{folder}/server.key" maxDataSize="64k")\n'
            f'action(type="omfile" file="{folder}/out.log")\n'
        )
        self._log = (folder / "log").open("wb")
        program = shutil.which("rsyslogd", path="/usr/sbin:/sbin:/usr/bin")
        if program is None:
            raise SystemExit("rsyslogd is not here: apt-get install rsyslog-relp rsyslog-openssl")
        self._process = subprocess.Popen(
            [program, "-n", "-f", str(settings), "-i", str(folder / "pid")],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        until(lambda: listening(self._port), "rsyslog did not start: see its log")
        self._tls = ssl.create_default_context(cafile=folder / "ca.pem")
        self._tls.load_cert_chain(folder / "client.pem", folder / "client.key")
        self._out = folder / "out.log"

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def run(self, lines: list[bytes]) -> Cost:
        """Send lines as RELP frames, wait for every answer and for the file."""
        before, began = cpu(self._process.pid), time.monotonic()
        grown = self._size() + sum(map(len, lines)) // 2
        plain = socket.create_connection(("127.0.0.1", self._port))
        with self._tls.wrap_socket(plain, server_hostname=names.COLLECTOR_NAME) as link:
            offer = b"relp_version=0\nrelp_software=bench\ncommands=syslog"
            link.sendall(frame(1, b"open", offer))
            answers = Answers(link)
            answers.wait(1)
            for start in range(0, len(lines), BATCH):
                part = lines[start : start + BATCH]
                link.sendall(
                    b"".join(frame(start + 2 + n, b"syslog", line) for n, line in enumerate(part))
                )
                answers.wait(start + 1 - WINDOW * BATCH)
            answers.wait(len(lines) + 1)
            link.sendall(frame(len(lines) + 2, b"close", b""))
        until(lambda: self._size() >= grown, "rsyslog did not write its file")
        time.sleep(0.3)
        spent = cpu(self._process.pid) - before
        return Cost(1e6 * spent / len(lines), time.monotonic() - began)

    def _size(self) -> int:
        return self._out.stat().st_size if self._out.exists() else 0


class Answers:
    """Counts the answers that come on a connection, in a thread."""

    def __init__(self, link: ssl.SSLSocket) -> None:
        self._link, self._count = link, 0
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := self._link.recv(65_536):
                with self._more:
                    self._count += data.count(b" rsp ")
                    self._more.notify()

    def wait(self, number: int) -> None:
        with self._more:
            if not self._more.wait_for(lambda: self._count >= number, 60):
                raise SystemExit(f"rsyslog answered {self._count} of {number}")


def frame(number: int, command: bytes, data: bytes) -> bytes:
    """Return a RELP frame."""
    head = b"%d %b %d" % (number % 999_999_999, command, len(data))
    return head + (b" " + data if data else b"") + b"\n"


def syslog_lines(number: int, length: int) -> Iterator[bytes]:
    """Yield lines as long as our events."""
    for n in range(number):
        head = f"<134>1 2026-11-26T09:00:00.{n % 1000:03}Z device agent {n} - - "
        yield head.encode() + b"x" * max(0, length - len(head))


def cpu(process: int) -> float:
    """Return the CPU seconds that a process has used."""
    spent = psutil.Process(process).cpu_times()
    return spent.user + spent.system


def until(found, complaint: str):
    """Return what ``found`` gives, once it gives something."""
    for _ in range(600):
        if answer := found():
            return answer
        time.sleep(0.1)
    raise SystemExit(complaint)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


def listening(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    return False


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--batches", type=int, default=60, help="for each of ten devices")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tutelage-bench-") as name:
        ours, peer = Ours(Path(name) / "ours"), Rsyslog(Path(name) / "rsyslog")
        try:
            costs = measure(ours, peer, asked.rounds, asked.batches)
        finally:
            ours.close()
            peer.close()
    backlog_us, posture_us, peer_us = (
        statistics.median(cost.cpu_us for cost in lot) for lot in costs
    )
    print(f"collector, a device's backlog    {backlog_us:6.2f} us of CPU for each event")
    print(
        f"collector, judgements alone      {posture_us:6.2f} us   ratio {posture_us / peer_us:.2f}"
    )
    print(f"rsyslog, RELP and mutual TLS     {peer_us:6.2f} us")
    print(f"ratio: {backlog_us / peer_us:.2f}")


def measure(ours: Ours, peer: Rsyslog, rounds: int, batches: int) -> tuple[list[Cost], ...]:
    """Return the costs of each round: backlog, judgements alone, rsyslog."""
    costs: tuple[list[Cost], ...] = ([], [], [])
    for number in range(rounds + 1):
        lots = ours.prepare(batches, posture_only=False)
        length = sum(len(raw) for lot in lots for raw in lot) // (batches * DEVICES * BATCH)
        lines = list(syslog_lines(batches * DEVICES * BATCH, length))
        round_costs = (
            ours.run(lots),
            ours.run(ours.prepare(batches, posture_only=True)),
            peer.run(lines),
        )
        if number == 0:
            print(f"{len(lines)} events of {length} bytes a round; the first round warms up")
            continue
        for lot, cost in zip(costs, round_costs, strict=True):
            lot.append(cost)
        shown = "   ".join(f"{one.cpu_us:6.2f} us {one.wall_seconds:5.1f} s" for one in round_costs)
        print(f"round {number}:   {shown}", flush=True)
    return costs


if __name__ == "__main__":
    main()
