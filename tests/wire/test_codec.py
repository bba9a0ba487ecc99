"""What goes in comes out; what is not ours is refused with a reason, and never crashes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_wire import codec
from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
from tutelage_wire.errors import WireError
from tutelage_wire.events import DeviceId, Grade
from tutelage_wire.v1 import event_pb2
from wire import strategies


@given(strategies.events)
def test_every_event_survives_the_journey(event):
    assert codec.decode_event(codec.encode_event(event)) == event


@given(st.binary(max_size=400))
@pytest.mark.parametrize(
    "decode",
    [
        codec.decode_event,
        codec.decode_header,
        codec.decode_batch,
        codec.decode_checkpoint,
        codec.decode_checkpoint_body,
    ],
)
def test_arbitrary_bytes_are_refused_or_read_but_never_crash(decode, data):
    with contextlib.suppress(WireError):
        decode(data)


@given(strategies.events, st.data())
def test_a_changed_byte_never_crashes_the_decoder(event, data):
    encoded = bytearray(codec.encode_event(event))
    position = data.draw(st.integers(0, len(encoded) - 1))
    encoded[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(WireError):
        codec.decode_event(bytes(encoded))


def test_an_unspecified_status_is_refused_and_named():
    message = event_pb2.Event(id=bytes(16), boot_id=bytes(16))
    message.compliance.check_id = "disk_encryption"
    with pytest.raises(WireError, match="Status 0"):
        codec.decode_event(message.SerializeToString())


def test_a_grade_outside_one_to_five_is_refused():
    message = event_pb2.Event(id=bytes(16), boot_id=bytes(16))
    message.detection.grade = 6
    message.detection.risk_area = event_pb2.RISK_AREA_CONTENT
    with pytest.raises(WireError):
        codec.decode_event(message.SerializeToString())
    assert max(Grade) == 5


def test_an_event_without_a_body_is_refused():
    with pytest.raises(WireError, match="body"):
        codec.decode_event(event_pb2.Event(id=bytes(16), boot_id=bytes(16)).SerializeToString())


def test_an_event_of_a_newer_agent_is_still_understood(make_event):
    event = make_event()
    newer = codec.encode_event(event) + bytes([0xFA, 0x7F, 0x03]) + b"new"
    assert codec.decode_event(newer) == event


@given(strategies.moments, st.integers(1, 2**31), st.integers(1, 1000))
def test_a_header_survives_the_journey(moment, number, count):
    header = BatchHeader(
        device_id=DeviceId("ab" * 16),
        epoch=number,
        lane=TravelLane.BULK,
        first_sequence=number,
        count=count,
        previous_head=bytes(32),
        merkle_root=b"\x01" * 32,
        trust_id="ret",
        closed_at=moment,
    )
    assert codec.decode_header(codec.encode_header(header)) == header


def test_a_batch_survives_the_journey():
    batch = SignedBatch(b"header", (b"one", b"two"), b"s" * 64, (1,))
    assert codec.decode_batch(codec.encode_batch(batch)) == batch
