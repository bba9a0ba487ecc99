"""Whatever bytes a device signs, reading them never stops its chain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from live_collector import SCHOOL, TRUST
from tutelage_collector import projection
from tutelage_collector.store.records import Append
from tutelage_wire import batch, codec, times
from tutelage_wire.batch import NO_HEAD, BatchHeader, SignedBatch, TravelLane
from tutelage_wire.events import DeviceId, Event, EventId, IntegrityFinding, IntegrityKind
from tutelage_wire.v1 import event_pb2

NOW = times.from_ms(1_790_000_000_000)


def project(*events: bytes) -> projection.Projection:
    header = BatchHeader(
        DeviceId("0" * 32), 1, TravelLane.BULK, 1, len(events), NO_HEAD, NO_HEAD, TRUST, NOW
    )
    encoded = codec.encode_header(header)
    signed = SignedBatch(encoded, events, bytes(64))
    head = batch.head_of(encoded)
    return projection.project(Append(b"", signed, header, head, SCHOOL, times.to_ms(NOW)))


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_any_bytes_are_read_or_said_to_be_unreadable(events: list[bytes]) -> None:
    found = project(*events)
    assert len(found.unreadable) + sum(found.counts.values()) + len(found.detections) == len(events)


@given(
    st.binary(min_size=16, max_size=16),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from(["compliance", "detection", "heartbeat", "integrity", "ict", "usage"]),
    st.binary(max_size=80),
)
def test_any_body_in_a_good_head_is_read_or_said_to_be_unreadable(
    event_id: bytes, moment: int, kind: str, body: bytes
) -> None:
    head = event_pb2.EventHead(id=event_id, device_time_ms=moment, **{kind: body})
    found = project(head.SerializeToString())
    assert len(found.unreadable) + sum(found.counts.values()) + len(found.detections) == 1


def test_an_event_head_has_the_numbers_of_an_event() -> None:
    whole = event_pb2.Event.DESCRIPTOR.fields_by_name
    for name, field in event_pb2.EventHead.DESCRIPTOR.fields_by_name.items():
        assert field.number == whole[name].number
    bodies = {field.name for field in event_pb2.Event.DESCRIPTOR.oneofs_by_name["body"].fields}
    heads = {field.name for field in event_pb2.EventHead.DESCRIPTOR.oneofs_by_name["body"].fields}
    assert bodies == heads


def test_a_device_cannot_pretend_that_the_collector_found_something() -> None:
    for kind in (IntegrityKind.BATCH_REFUSED, IntegrityKind.CHAIN_FORK):
        event = Event(EventId("1" * 32), NOW, 1, "0" * 32, IntegrityFinding(kind, "said by me"))
        found = project(codec.encode_event(event))
        assert found.integrity == []
        assert len(found.unreadable) == 1
