"""Who is given the key of a spool again: a device's successor, and nobody else."""

from __future__ import annotations

import asyncio

import pytest

from live_collector import SCHOOL, TRUST, LiveCollector
from tutelage_agent import enrolment, identity
from tutelage_agent.enrolment import Evidence
from tutelage_collector import config, state
from tutelage_collector.store.records import DeviceState
from tutelage_wire import times


@pytest.fixture
def collector(tmp_path):
    listen = config.Listen(enrol_port=0, link_port=0, web_port=0)
    state.initialise(tmp_path / "collector", TRUST, SCHOOL, times.utc_now(), listen)
    with LiveCollector(tmp_path / "collector") as live:
        yield live


def joined(collector, supersedes="", wanted=""):
    """Return a new device's id, whose spool key it was given, and the key."""
    said = Evidence("laptop", "linux", "", "t", supersedes=supersedes)
    given = {}
    member = asyncio.run(
        enrolment.enrol(
            collector.bundle(), identity.new_keys(), said, print,
            spool_key_of=wanted, take_spool_key=given.__setitem__,
        )
    )  # fmt: skip
    ((owner, key),) = given.items()
    return member.device_id, owner, key


def test_a_new_device_is_given_a_key_of_its_own(collector):
    first, owner, key = joined(collector)
    assert owner == first
    assert len(key) == 32
    assert joined(collector)[2] != key


def test_threat_28_a_successor_is_given_the_key_again_also_two_names_later(collector):
    first, _, key = joined(collector)
    second, owner, again = joined(collector, supersedes=first, wanted=first)
    assert (owner, again) == (first, key)
    assert joined(collector, supersedes=second, wanted=first)[1:] == (first, key)
    with collector.store() as store:
        said = [row.action for row in store.audit_rows()]
    assert said.count("spool key given again") == 2


def test_threat_10_who_is_no_successor_or_succeeds_a_revoked_device_is_given_none(collector):
    first, _, key = joined(collector)
    thief, owner, other = joined(collector, wanted=first)
    assert owner == thief
    assert other != key
    with collector.store() as store:
        store.set_device_state(first, DeviceState.REVOKED)
    thief, owner, other = joined(collector, supersedes=first, wanted=first)
    assert owner == thief
    assert other != key
