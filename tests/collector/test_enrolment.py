"""Who may join: who holds the token, in its window, within its quota, and once a nonce."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import grpc
import pytest

from live_collector import TIMEOUT, Device, LiveCollector, heartbeat, judgement, new_token
from tutelage_collector import state
from tutelage_collector.store.records import DeviceState
from tutelage_wire import keys, names, times
from tutelage_wire.batch import TravelLane
from tutelage_wire.events import Status
from tutelage_wire.v1 import batch_pb2, enrolment_pb2, link_pb2

if TYPE_CHECKING:
    from pathlib import Path


def _reason(device: Device) -> str:
    reply = device.ask()
    assert reply.WhichOneof("outcome") == "refused"
    return reply.refused.reason


def test_threat_11_a_token_lets_in_as_many_devices_as_its_quota_says(
    collector: LiveCollector,
) -> None:
    bundle = collector.bundle(quota=2)
    first = collector.device(bundle=bundle)
    collector.device(bundle=bundle)
    assert "all 2 devices" in _reason(Device(bundle))
    first.enrol()  # the same device again takes no second place
    with collector.store() as store:
        assert len(store.devices()) == 2


def test_a_token_outside_of_its_window_lets_nobody_in(collector: LiveCollector) -> None:
    bundle = collector.bundle()
    with collector.store() as store:
        token = store.token(bundle.token_id)
        assert token is not None
        past = times.utc_now() - timedelta(days=1)
        store.add_token(replace(token, id="0" * 16, not_after=past))
    expired = replace(bundle, token_id="0" * 16)
    # Another id has another secret: first learn it as an insider would.
    held = state.load(collector.settings.folder)
    from tutelage_collector import tokens

    expired = replace(expired, token_secret=tokens.secret_of(held.token_key, "0" * 16))
    assert "not valid now" in _reason(Device(expired))


def test_a_revoked_token_lets_nobody_in(collector: LiveCollector) -> None:
    bundle = collector.bundle()
    with collector.store() as store:
        store.revoke_token(bundle.token_id)
    assert "revoked" in _reason(Device(bundle))


def test_a_guessed_token_learns_nothing_and_is_on_record(collector: LiveCollector) -> None:
    known = replace(collector.bundle(), token_secret=bytes(32))
    unknown = replace(known, token_id="f" * 16)
    assert _reason(Device(known)) == _reason(Device(unknown))
    with collector.store() as store:
        assert [row.action for row in store.audit_rows()][:2] == ["enrolment refused"] * 2


def test_a_guesser_is_slowed_down(collector: LiveCollector) -> None:
    bad = replace(collector.bundle(), token_secret=bytes(32))
    said = [_reason(Device(bad)) for _ in range(31)]
    assert "not known here" in said[0]
    assert "wait a minute" in said[-1]


def test_threat_11_a_caught_request_enrols_nobody_a_second_time(collector: LiveCollector) -> None:
    device = Device(collector.bundle())
    with device.enrolment() as stub:
        nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT).nonce
        caught = device.enrol_request(nonce)
        assert stub.Enrol(caught, timeout=TIMEOUT).WhichOneof("outcome") == "issued"
        again = stub.Enrol(caught, timeout=TIMEOUT)
    assert "nonce" in again.refused.reason


def test_threat_11_a_caught_request_does_not_fit_another_key(collector: LiveCollector) -> None:
    honest, thief = Device(collector.bundle()), Device(collector.bundle())
    with honest.enrolment() as stub:
        nonce = stub.Challenge(enrolment_pb2.ChallengeRequest(), timeout=TIMEOUT).nonce
        stolen = honest.enrol_request(nonce)
        theirs = thief.enrol_request(nonce)
        theirs.token_id, theirs.token_mac = stolen.token_id, stolen.token_mac
        assert "made for other keys" in stub.Enrol(theirs, timeout=TIMEOUT).refused.reason


def test_a_certificate_says_trust_school_and_device_and_nothing_of_the_request(
    collector: LiveCollector,
) -> None:
    from cryptography import x509

    device = collector.device()
    leaf = x509.load_pem_x509_certificates(device.chain)[0]
    general = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (uri,) = general.get_values_for_type(x509.UniformResourceIdentifier)
    assert uri == names.DeviceName("ret", "ret-high", device.id).uri()
    assert keys.device_id_of(leaf.public_key()) == device.id


@pytest.mark.parametrize("year", [2015, 2099])
def test_threat_07_a_device_with_a_wrong_clock_joins_and_reports(
    collector: LiveCollector, year: int
) -> None:
    device = collector.device()
    wrong = datetime(year, 1, 1, tzinfo=UTC)
    one = device.batch_of(
        judgement(Status.PASS, observed_at=wrong), heartbeat(), lane=TravelLane.BULK
    )
    (receipt,) = device.send(one, lane=TravelLane.BULK)
    assert receipt.result == batch_pb2.APPEND_RESULT_STORED
    two = device.batch_of(judgement(Status.FAIL), lane=TravelLane.BULK)
    device.send(two, lane=TravelLane.BULK)
    with collector.store() as store:
        (now,) = store.judgements(device.id)
        assert now.status is Status.FAIL
        assert now.previous_status is Status.PASS
        (drift,) = store.drifts(times.from_ms(0))
        assert (drift.before, drift.after) == (Status.PASS, Status.FAIL)


def test_threat_10_a_revoked_devices_open_streams_are_cut_and_it_is_told(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    with device.link() as channel:
        call = device.greet(channel)
        assert next(call).WhichOneof("body") == "welcome"
        with collector.store() as store:  # as another process does
            store.set_device_state(device.id, DeviceState.REVOKED)
        notice = next(call)
        assert notice.notice.kind == link_pb2.Notice.KIND_REVOKED
        with pytest.raises(grpc.RpcError) as caught:
            next(call)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    with pytest.raises(grpc.RpcError) as caught:
        device.send(device.batch_of(heartbeat()))
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_new_epoch_begins_after_the_old_chain_and_is_on_record(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    assert device.open_epoch("state_lost") == 2
    (receipt,) = device.send(device.batch_of(heartbeat()))
    assert receipt.result == batch_pb2.APPEND_RESULT_STORED
    assert device.believes(receipt).epoch == 2
    with collector.store() as store:
        assert "reason state_lost" in store.integrity()[0].detail


def test_the_database_holds_no_secret_of_a_token(folder: Path) -> None:
    with LiveCollector(folder) as live:
        secret = new_token(live.settings).token_secret
    for file in folder.glob("collector.db*"):
        assert secret not in file.read_bytes()
    with closing(state.open_store(live.settings)) as store:
        assert len(store.tokens()) == 1
