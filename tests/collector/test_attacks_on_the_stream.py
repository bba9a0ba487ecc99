"""Each attack on the stream is refused, says device and sequence, and is seen by people."""

from __future__ import annotations

import grpc
import pytest

from live_collector import (
    Device,
    LiveCollector,
    detection_event,
    heartbeat,
    judgement,
)
from tutelage_collector import pki
from tutelage_wire import batch, codec, names, times
from tutelage_wire.batch import SignedBatch, TravelLane
from tutelage_wire.events import IntegrityKind
from tutelage_wire.v1 import batch_pb2


def test_an_honest_batch_is_stored_and_acknowledged_by_the_collectors_signature(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    event = detection_event(device)
    (receipt,) = device.send(device.close_batch([codec.encode_event(event)]))
    assert receipt.result == batch_pb2.APPEND_RESULT_STORED
    body = device.believes(receipt)
    assert (body.next_sequence, body.head) == (2, device.heads[TravelLane.URGENT])
    with collector.store() as store:
        (alert,) = store.alerts()
        assert alert.event_id == event.id
        assert alert.device_id == device.id


def test_threat_15_a_replayed_batch_stores_nothing(collector: LiveCollector) -> None:
    device = collector.device()
    one = device.close_batch([codec.encode_event(detection_event(device))])
    receipts = device.send(one, one) + device.send(one)
    assert [receipt.result for receipt in receipts] == [
        batch_pb2.APPEND_RESULT_STORED,
        batch_pb2.APPEND_RESULT_DUPLICATE,
        batch_pb2.APPEND_RESULT_DUPLICATE,
    ]
    with collector.store() as store:
        assert len(list(store.batches())) == 1
        assert len(store.alerts()) == 1
        assert sum(row.events for row in store.rollup()) == 1


def _refused(collector: LiveCollector, device: Device, receipt: batch_pb2.Receipt) -> str:
    """Check that a receipt refuses, that nothing was stored, and that people can see it."""
    assert receipt.result == batch_pb2.APPEND_RESULT_REFUSED
    assert not receipt.HasField("checkpoint")
    assert device.id in receipt.message
    assert "sequence 1:" in receipt.message
    with collector.store() as store:
        assert list(store.batches()) == []
        (event,) = store.integrity()
        assert event.kind == IntegrityKind.BATCH_REFUSED
        assert event.device_id == device.id
        assert event.detail == receipt.message
    return receipt.message


def _two_beats(device: Device) -> SignedBatch:
    return device.batch_of(heartbeat(), heartbeat())


def test_a_changed_byte_is_refused(collector: LiveCollector) -> None:
    device = collector.device()
    one = _two_beats(device)
    changed = bytes([one.events[0][0], one.events[0][1] ^ 1]) + one.events[0][2:]
    bad = SignedBatch(one.header, (changed, one.events[1]), one.signature)
    assert "changed" in _refused(collector, device, device.send(bad)[0])


def test_a_dropped_event_is_refused(collector: LiveCollector) -> None:
    device = collector.device()
    one = _two_beats(device)
    bad = SignedBatch(one.header, one.events[:1], one.signature)
    assert "speaks of 2 events" in _refused(collector, device, device.send(bad)[0])


def test_two_events_that_changed_places_are_refused(collector: LiveCollector) -> None:
    device = collector.device()
    one = _two_beats(device)
    bad = SignedBatch(one.header, one.events[::-1], one.signature)
    assert "moved" in _refused(collector, device, device.send(bad)[0])


def test_another_devices_signing_key_cannot_sign(collector: LiveCollector) -> None:
    device, other = collector.device(), collector.device()
    one = _two_beats(device)
    bad = SignedBatch(one.header, one.events, other.signing.sign(batch.signed_bytes(one.header)))
    assert "not signed with this device's key" in _refused(collector, device, device.send(bad)[0])


def test_threat_16_a_device_cannot_speak_for_another(collector: LiveCollector) -> None:
    device, other = collector.device(), collector.device()
    message = _refused(collector, device, device.send(_two_beats(other))[0])
    assert f"signed as device {other.id}" in message


def test_a_batch_over_the_size_bound_is_refused(collector: LiveCollector) -> None:
    device = collector.device()
    events = [codec.encode_event(device.event(judgement(actual="x" * 60_000)))] * 20
    message = _refused(collector, device, device.send(device.close_batch(events))[0])
    assert "allowed for a batch" in message


def test_threat_18_an_event_over_the_size_bound_is_refused(collector: LiveCollector) -> None:
    device = collector.device()
    one = device.batch_of(judgement(actual="x" * (batch.MAX_EVENT_BYTES + 1)))
    assert f"{batch.MAX_EVENT_BYTES} allowed" in _refused(collector, device, device.send(one)[0])


def test_threat_17_a_message_beyond_what_is_read_at_all_ends_the_stream(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    with pytest.raises(grpc.RpcError) as caught:
        device.send(bytes(3 * 2**20))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    with collector.store() as store:
        assert list(store.batches()) == []


def test_threat_16_a_batch_for_another_trust_is_refused(collector: LiveCollector) -> None:
    device = collector.device()
    one = device.close_batch([codec.encode_event(device.event(heartbeat()))], trust_id="other")
    assert "trust 'other'" in _refused(collector, device, device.send(one)[0])


def test_a_bulk_batch_does_not_pass_as_an_urgent_one(collector: LiveCollector) -> None:
    device = collector.device()
    one = device.batch_of(heartbeat(), lane=TravelLane.BULK)
    (receipt,) = device.send(one, lane=TravelLane.URGENT)
    assert "urgent stream" in _refused(collector, device, receipt)


def test_bytes_that_are_no_batch_are_refused_and_name_the_device(collector: LiveCollector) -> None:
    device = collector.device()
    (receipt,) = device.send(b"\xff" * 100)
    assert receipt.result == batch_pb2.APPEND_RESULT_REFUSED
    assert f"device {device.id} sequence unknown" in receipt.message


def test_a_foreign_authoritys_certificate_gets_no_connection(collector: LiveCollector) -> None:
    device = collector.device()
    now = times.utc_now()
    root = pki.make_root("ret", now)
    foreign = pki.make_intermediate(root, "ret", now)
    name = names.DeviceName("ret", "ret-high", device.id)
    forged = pki.issue_device(foreign, device.tls.public_key(), name, now)
    with pytest.raises(grpc.RpcError) as caught:
        device.send(_two_beats(device), chain=forged.chain)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    with collector.store() as store:
        assert list(store.batches()) == []


def test_threat_05_a_clones_second_future_of_a_chain_is_a_fork_and_is_seen(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    device.next[TravelLane.URGENT] = 1
    device.heads[TravelLane.URGENT] = batch.NO_HEAD
    (receipt,) = device.send(device.batch_of(heartbeat()))
    assert receipt.result == batch_pb2.APPEND_RESULT_FORK
    assert f"device {device.id}" in receipt.message
    assert "sequence 1 is stored" in receipt.message
    with collector.store() as store:
        assert [event.kind for event in store.integrity()] == [IntegrityKind.CHAIN_FORK]
        assert len(list(store.batches())) == 1


def test_threat_04_events_missing_from_a_chain_are_stored_after_and_said(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    device.send(device.batch_of(heartbeat()))
    lost = device.batch_of(heartbeat())
    (receipt,) = device.send(device.batch_of(heartbeat()))
    assert receipt.result == batch_pb2.APPEND_RESULT_STORED_AFTER_GAP
    assert "2 to 2 are missing" in receipt.message
    (late,) = device.send(lost)
    assert late.result == batch_pb2.APPEND_RESULT_STORED_AFTER_GAP
    with collector.store() as store:
        assert {event.kind for event in store.integrity()} == {IntegrityKind.SEQUENCE_GAP}
        assert len(list(store.batches())) == 3
        assert store.check() == []


def test_threat_17_a_refused_batch_does_not_stop_the_honest_one_behind_it(
    collector: LiveCollector,
) -> None:
    device = collector.device()
    good = _two_beats(device)
    receipts = device.send(SignedBatch(good.header, good.events, bytes(64)), good)
    assert [one.result for one in receipts] == [
        batch_pb2.APPEND_RESULT_REFUSED,
        batch_pb2.APPEND_RESULT_STORED,
    ]
