"""A device renews its certificate long before it ends, by itself, and goes on under its name."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from cryptography import x509

from live_collector import SCHOOL, TRUST, LiveCollector
from tutelage_agent import enrolment, identity
from tutelage_agent.config import SpoolSettings, UplinkSettings
from tutelage_agent.enrolment import Evidence
from tutelage_agent.errors import EnrolmentError
from tutelage_agent.spool import Spool
from tutelage_agent.uplink import Uplink
from tutelage_collector import config, state
from tutelage_collector.store.records import DeviceState
from tutelage_wire import times

EVIDENCE = Evidence("laptop", "linux", "", "0.1.0")


@pytest.fixture
def collector(tmp_path):
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(tmp_path / "collector", TRUST, SCHOOL, times.utc_now(), listen)
    with LiveCollector(tmp_path / "collector") as live:
        yield live


def ends(member) -> object:
    return x509.load_pem_x509_certificates(member.certificate_chain.encode())[0]


async def linked(member, keys, folder, days, kept):
    """Run an uplink whose clock is ``days`` ahead until it is connected."""
    clock = lambda: times.utc_now() + timedelta(days=days)  # noqa: E731
    spool = Spool(folder / "spool", b"k" * 32, SpoolSettings(), clock)
    spool.start_epoch(member.first_epoch)
    uplink = Uplink(member, keys, spool, UplinkSettings(), clock, keep=kept.append)
    stop = asyncio.Event()
    running = asyncio.create_task(uplink.run(stop))
    for _ in range(200):
        await asyncio.sleep(0.05)
        if uplink.state.connected:
            break
    assert uplink.state.connected, uplink.state.last_error
    stop.set()
    await running
    spool.close()


def test_a_certificate_that_ends_within_a_month_is_renewed_before_connecting(collector, tmp_path):
    keys, kept = identity.new_keys(), []
    member = asyncio.run(enrolment.enrol(collector.bundle(), keys, EVIDENCE, print))
    asyncio.run(linked(member, keys, tmp_path / "a", 10, kept))
    assert kept == []
    asyncio.run(linked(member, keys, tmp_path / "b", 70, kept))
    (renewed,) = kept
    assert renewed.device_id == member.device_id
    assert ends(renewed).serial_number != ends(member).serial_number
    with collector.store() as store:
        assert [row.action for row in store.audit_rows()].count("certificate renewed") == 1


def test_a_revoked_device_is_told_why_it_is_not_renewed(collector):
    keys = identity.new_keys()
    member = asyncio.run(enrolment.enrol(collector.bundle(), keys, EVIDENCE, print))
    with collector.store() as store:
        store.set_device_state(member.device_id, DeviceState.REVOKED)
    with pytest.raises(EnrolmentError, match="not renewed"):
        asyncio.run(enrolment.renew(member, keys))


def test_what_was_renewed_is_found_again_after_a_restart(collector, tmp_path):
    keys = identity.new_keys()
    member = asyncio.run(enrolment.enrol(collector.bundle(), keys, EVIDENCE, print))
    renewed = asyncio.run(enrolment.renew(member, keys))
    identity.save_membership(tmp_path, renewed)
    found = identity.load_membership(tmp_path)
    assert found is not None
    assert found.certificate_chain == renewed.certificate_chain
    again = asyncio.run(enrolment.renew(found, keys))
    assert ends(again).serial_number != ends(found).serial_number
