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
from tutelage_agent.exchange import KeyExchange
from tutelage_agent.keystore.sealed_file import SealedFileKeyStore
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


def leaf(member) -> x509.Certificate:
    return x509.load_pem_x509_certificates(member.certificate_chain.encode())[0]


async def linked(member, keys, folder, days):
    """Run an uplink whose clock is ``days`` ahead until it is connected."""
    clock = lambda: times.utc_now() + timedelta(days=days)  # noqa: E731
    spool = Spool(folder / "spool", b"k" * 32, SpoolSettings(), clock)
    spool.start_epoch(member.first_epoch)
    exchange = KeyExchange(folder, SealedFileKeyStore(folder / "keys", b"this machine"), clock)
    uplink = Uplink(member, keys, spool, UplinkSettings(), clock, exchange=exchange)
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
    keys = identity.new_keys()
    member = asyncio.run(enrolment.enrol(collector.bundle(), keys, EVIDENCE, print))
    asyncio.run(linked(member, keys, tmp_path / "a", 10))
    assert identity.load_membership(tmp_path / "a") is None
    asyncio.run(linked(member, keys, tmp_path / "b", 70))
    renewed = identity.load_membership(tmp_path / "b")
    assert renewed.device_id == member.device_id
    assert leaf(renewed).serial_number != leaf(member).serial_number
    assert leaf(renewed).public_key() != leaf(member).public_key()
    with collector.store() as store:
        assert [row.action for row in store.audit_rows()].count("certificate renewed") == 1


def test_a_revoked_device_is_told_why_it_is_not_renewed(collector):
    keys = identity.new_keys()
    member = asyncio.run(enrolment.enrol(collector.bundle(), keys, EVIDENCE, print))
    with collector.store() as store:
        store.set_device_state(member.device_id, DeviceState.REVOKED)
    with pytest.raises(EnrolmentError, match="not renewed"):
        asyncio.run(enrolment.renew(member, keys, identity.new_keys(), 1))


def test_an_answer_that_was_lost_on_the_way_is_asked_for_again(collector, tmp_path):
    present, fresh = identity.new_keys(), identity.new_keys()
    member = asyncio.run(enrolment.enrol(collector.bundle(), present, EVIDENCE, print))
    asyncio.run(enrolment.renew(member, present, fresh, 1))  # and never heard of
    renewed = asyncio.run(enrolment.renew(member, present, fresh, 1))
    # It was kept, and before the device came with it, it is asked for again with the new key.
    again = asyncio.run(enrolment.renew(renewed, fresh, identity.new_keys(), 2))
    assert (renewed.key_number, again.key_number) == (1, 2)
    with pytest.raises(EnrolmentError, match="not signed with its present key"):
        asyncio.run(enrolment.renew(member, present, identity.new_keys(), 1))
