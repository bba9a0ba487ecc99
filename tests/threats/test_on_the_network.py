"""A collector that is not ours, a proxy that the system trusts, a line that is cut, a morning."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from live_collector import TIMEOUT, Device, LiveCollector, heartbeat
from tutelage_agent import enrolment, identity
from tutelage_agent.config import SpoolSettings, UplinkSettings
from tutelage_agent.errors import EnrolmentError
from tutelage_agent.reporter import Reporter
from tutelage_agent.spool import Spool
from tutelage_agent.uplink import Uplink
from tutelage_collector import authority, checkpoint_keys, config, state
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import IntegrityFinding, IntegrityKind
from tutelage_wire.times import utc_now
from tutelage_wire.v1 import batch_pb2

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_agent.identity import DeviceKeys, Membership

PATIENCE = 3.0


def joined(collector: LiveCollector) -> tuple[Membership, DeviceKeys]:
    """Return a member that the agent's own code enrolled."""
    device_keys = identity.new_keys()
    said = enrolment.Evidence("laptop", "linux", "", "t")
    member = asyncio.run(enrolment.enrol(collector.bundle(), device_keys, said, print))
    return member, device_keys


def sent_to(address: str, member: Membership, device_keys: DeviceKeys, folder: Path) -> str:
    """Let the real uplink try an address with two events; return why it could not send."""
    moved = replace(member, bundle=replace(member.bundle, link_address=address))
    spool = Spool(folder / "spool", os.urandom(32), SpoolSettings(), utc_now)
    spool.start_epoch(member.first_epoch)
    uplink = Uplink(
        moved, device_keys, spool, UplinkSettings(backoff_first=0.05, backoff_most=0.2), utc_now
    )
    reporter = Reporter(spool, utc_now, "0" * 32, uplink.wake)
    for number in range(2):
        reporter.report(IntegrityFinding(IntegrityKind.CLOCK_WRONG, f"number {number}"))

    async def attempt() -> None:
        stop = asyncio.Event()
        link = asyncio.create_task(uplink.run(stop))
        for _ in range(int(PATIENCE / 0.05)):
            await asyncio.sleep(0.05)
            if uplink.state.last_error:
                break
        stop.set()
        await link

    asyncio.run(attempt())
    assert spool.stats().events == 2, "an event was given to somebody else, or lost"
    return uplink.state.last_error


def test_threat_06_redirected_to_another_server_events_are_kept(
    collector: LiveCollector, rogue: LiveCollector, tmp_path: Path
) -> None:
    member, device_keys = joined(collector)
    assert "intercepting" in sent_to(rogue.serving.link, member, device_keys, tmp_path)
    with rogue.store() as store:
        assert list(store.batches()) == []


def test_threat_06_with_the_line_cut_events_are_kept(
    collector: LiveCollector, tmp_path: Path
) -> None:
    member, device_keys = joined(collector)
    assert "UNAVAILABLE" in sent_to("127.0.0.1:9", member, device_keys, tmp_path)


def test_threat_12_a_collector_of_another_authority_enrols_nobody(
    collector: LiveCollector, rogue: LiveCollector
) -> None:
    bundle = replace(collector.bundle(), enrol_address=rogue.serving.enrol)
    said = enrolment.Evidence("laptop", "linux", "", "t")
    with pytest.raises(EnrolmentError, match="not the collector of this bundle"):
        asyncio.run(enrolment.enrol(bundle, identity.new_keys(), said, print))


def test_threat_12_a_checkpoint_signed_by_another_key_deletes_nothing(
    collector: LiveCollector, rogue: LiveCollector, tmp_path: Path
) -> None:
    """Whoever has the collector's TLS key and its records, and neither authority nor signing key,
    certifies a signing key of its own: devices do not believe it."""
    member, device_keys = joined(collector)
    copied = shutil.copytree(collector.settings.folder, tmp_path / "stolen")
    for name in (authority.INTERMEDIATE, checkpoint_keys.KEY):
        shutil.copy(rogue.settings.folder / name, copied / name)
    with LiveCollector(copied) as thief:
        said = sent_to(thief.serving.link, member, device_keys, tmp_path)
    assert "not of this trust's authority" in said


def test_threat_14_a_proxy_that_the_system_trusts_is_refused_and_said(
    collector: LiveCollector,
    rogue: LiveCollector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What a filter's installer does: its authority becomes one of the system's.
    root = rogue.settings.folder / "ca" / "root.crt.pem"
    for name in ("SSL_CERT_FILE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        monkeypatch.setenv(name, str(root))
    for name in ("https_proxy", "HTTPS_PROXY", "grpc_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    member, device_keys = joined(collector)  # and a proxy of the environment is not asked
    said = sent_to(rogue.serving.link, member, device_keys, tmp_path)
    assert "exempt this address from TLS inspection" in said


def test_threat_19_a_whole_room_that_starts_at_nine_is_served(collector: LiveCollector) -> None:
    room = 40
    bundle = collector.bundle(quota=room)
    devices = [Device(bundle, f"PC {number}") for number in range(room)]

    def morning(device: Device) -> int:
        device.enrol()
        return len(device.send(device.batch_of(heartbeat())))

    with concurrent.futures.ThreadPoolExecutor(room) as pool:
        assert list(pool.map(morning, devices, timeout=6 * TIMEOUT)) == [1] * room
    with collector.store() as store:
        assert len(list(store.batches())) == room
        assert store.check() == []


def test_threat_16_another_trusts_store_shows_nothing_of_ours(collector: LiveCollector) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    other = replace(config.load(collector.settings.folder), trust="other")
    with collector.store() as ours:
        assert len(list(ours.batches())) == 1
    theirs = state.open_store(other)
    try:
        assert list(theirs.batches()) == []
        assert theirs.devices() == []
        assert theirs.accounts() == []
        assert theirs.audit_log() == []
    finally:
        theirs.close()


def test_threat_17_a_device_at_full_speed_costs_none_beside_it_an_event(
    collector: LiveCollector,
) -> None:
    """Twenty devices report while one pours: nothing of theirs is refused, put off or lost."""
    room, poured = 20, 60
    bundle = collector.bundle(quota=room + 1)
    devices = [Device(bundle, f"PC {number}") for number in range(room)]
    noisy = Device(bundle, "broken")
    with concurrent.futures.ThreadPoolExecutor(room) as pool:
        list(pool.map(Device.enrol, [*devices, noisy], timeout=6 * TIMEOUT))
    flood = [noisy.batch_of(*[heartbeat()] * 100, lane=TravelLane.BULK) for _ in range(poured)]
    with concurrent.futures.ThreadPoolExecutor(room + 1) as pool:
        pouring = pool.submit(noisy.send, *flood, lane=TravelLane.BULK)
        said = [
            pool.submit(one.send, *[one.batch_of(heartbeat()) for _ in range(3)]) for one in devices
        ]
        for one in said:
            receipts = one.result(6 * TIMEOUT)
            results = [receipt.result for receipt in receipts]
            assert results == [batch_pb2.APPEND_RESULT_STORED] * 3
        pouring.result(6 * TIMEOUT)
    with collector.store() as store:
        stored = list(store.batches())
        assert {one.device_id for one in stored} == {one.id for one in (*devices, noisy)}
        assert len([one for one in stored if one.device_id != noisy.id]) == 3 * room
        # What the noisy one was not answered waits in its spool: its chain has no hole.
        assert store.check() == []
        assert store.integrity() == []
