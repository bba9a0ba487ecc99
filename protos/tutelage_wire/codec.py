"""Event <-> bytes, batch <-> bytes, checkpoint <-> bytes: the only translator.

Decoding is strict: an unspecified enum, an id of the wrong length or a grade out of range is
refused here, so that nothing behind this door has to ask again. Unknown fields of a newer agent
are ignored, and survive, because stored bytes are never re-serialised.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from google.protobuf.message import DecodeError as ProtobufDecodeError

from tutelage_wire import bodies, times
from tutelage_wire.batch import BatchHeader, SignedBatch, TravelLane
from tutelage_wire.checkpoint import Checkpoint, CheckpointBody
from tutelage_wire.errors import DecodeError
from tutelage_wire.events import DeviceId, Event, EventId
from tutelage_wire.keys import DEVICE_ID_BYTES, KEY_ID_BYTES
from tutelage_wire.merkle import HASH_BYTES
from tutelage_wire.v1 import batch_pb2, event_pb2

if TYPE_CHECKING:
    from google.protobuf.message import Message

EVENT_ID_BYTES = 16
BOOT_ID_BYTES = 16


def new_event_id() -> EventId:
    """Return a fresh random event id."""
    return EventId(secrets.token_hex(EVENT_ID_BYTES))


def encode_event(event: Event) -> bytes:
    """Return the event's bytes. Called once in an event's life."""
    message = event_pb2.Event(
        id=bytes.fromhex(event.id),
        device_time_ms=times.to_ms(event.device_time),
        monotonic_ms=event.monotonic_ms,
        boot_id=bytes.fromhex(event.boot_id),
    )
    bodies.write(event.body, message)
    return message.SerializeToString()


def decode_event(data: bytes) -> Event:
    """Return the event that ``data`` holds.

    Raises:
        DecodeError: it says which field is wrong.
    """
    message = event_pb2.Event()
    _parse(message, data, "event")
    return Event(
        id=EventId(_fixed(message.id, EVENT_ID_BYTES, "event.id")),
        device_time=bodies.moment(message.device_time_ms, "event.device_time_ms"),
        monotonic_ms=message.monotonic_ms,
        boot_id=_fixed(message.boot_id, BOOT_ID_BYTES, "event.boot_id"),
        body=bodies.read(message),
    )


def encode_header(header: BatchHeader) -> bytes:
    """Return the header's bytes, which are signed and never encoded again."""
    return batch_pb2.BatchHeader(
        device_id=bytes.fromhex(header.device_id),
        epoch=header.epoch,
        lane=_number(header.lane),
        first_sequence=header.first_sequence,
        count=header.count,
        previous_head=header.previous_head,
        merkle_root=header.merkle_root,
        trust_id=header.trust_id,
        closed_at_ms=times.to_ms(header.closed_at),
    ).SerializeToString()


def decode_header(data: bytes) -> BatchHeader:
    """Return the header that ``data`` holds.

    Raises:
        DecodeError: it says which field is wrong.
    """
    message = batch_pb2.BatchHeader()
    _parse(message, data, "batch header")
    if message.epoch < 1 or message.first_sequence < 1 or message.count < 1:
        raise DecodeError("batch header: epoch, first_sequence and count begin with 1")
    _fixed(message.previous_head, HASH_BYTES, "batch header.previous_head")
    _fixed(message.merkle_root, HASH_BYTES, "batch header.merkle_root")
    return BatchHeader(
        device_id=DeviceId(_fixed(message.device_id, DEVICE_ID_BYTES, "batch header.device_id")),
        epoch=message.epoch,
        lane=_lane(message.lane),
        first_sequence=message.first_sequence,
        count=message.count,
        previous_head=message.previous_head,
        merkle_root=message.merkle_root,
        trust_id=message.trust_id,
        closed_at=bodies.moment(message.closed_at_ms, "header.closed_at_ms"),
    )


def encode_batch(batch: SignedBatch) -> bytes:
    """Return the batch's bytes as they travel and as they are stored."""
    return batch_pb2.SignedBatch(
        header=batch.header,
        events=batch.events,
        signature=batch.signature,
        evicted=batch.evicted,
    ).SerializeToString()


def decode_batch(data: bytes) -> SignedBatch:
    """Return the batch that ``data`` holds: a shallow parse, events stay bytes.

    Raises:
        DecodeError: it is not a batch.
    """
    message = batch_pb2.SignedBatch()
    _parse(message, data, "batch")
    return SignedBatch(
        header=message.header,
        events=tuple(message.events),
        signature=message.signature,
        evicted=tuple(message.evicted),
    )


def encode_checkpoint_body(body: CheckpointBody) -> bytes:
    """Return the bytes that the collector signs."""
    return batch_pb2.CheckpointBody(
        device_id=bytes.fromhex(body.device_id),
        epoch=body.epoch,
        lane=_number(body.lane),
        next_sequence=body.next_sequence,
        head=body.head,
        time_ms=times.to_ms(body.time),
        trust_id=body.trust_id,
        log_root=body.log_root,
        log_size=body.log_size,
    ).SerializeToString()


def decode_checkpoint_body(data: bytes) -> CheckpointBody:
    """Return what a checkpoint says; verify it first (``checkpoint.verify``).

    Raises:
        DecodeError: it says which field is wrong.
    """
    message = batch_pb2.CheckpointBody()
    _parse(message, data, "checkpoint")
    _fixed(message.head, HASH_BYTES, "checkpoint.head")
    return CheckpointBody(
        device_id=DeviceId(_fixed(message.device_id, DEVICE_ID_BYTES, "checkpoint.device_id")),
        epoch=message.epoch,
        lane=_lane(message.lane),
        next_sequence=message.next_sequence,
        head=message.head,
        time=bodies.moment(message.time_ms, "checkpoint.time_ms"),
        trust_id=message.trust_id,
        log_root=message.log_root,
        log_size=message.log_size,
    )


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint's bytes, as an agent keeps them."""
    return batch_pb2.Checkpoint(
        body=checkpoint.body, signature=checkpoint.signature, key_id=checkpoint.key_id
    ).SerializeToString()


def decode_checkpoint(data: bytes) -> Checkpoint:
    """Return the checkpoint that ``data`` holds, not yet verified.

    Raises:
        DecodeError: it is not a checkpoint.
    """
    message = batch_pb2.Checkpoint()
    _parse(message, data, "checkpoint")
    _fixed(message.key_id, KEY_ID_BYTES, "checkpoint.key_id")
    return Checkpoint(message.body, message.signature, message.key_id)


def _parse(message: Message, data: bytes, what: str) -> None:
    try:
        message.ParseFromString(data)
    except ProtobufDecodeError as error:
        raise DecodeError(f"{what}: {len(data)} bytes that do not parse") from error


def _fixed(value: bytes, length: int, what: str) -> str:
    if len(value) != length:
        raise DecodeError(f"{what}: {len(value)} bytes instead of {length}")
    return value.hex()


def _number(lane: TravelLane) -> Any:
    return lane.value


def _lane(value: int) -> TravelLane:
    try:
        return TravelLane(value)
    except ValueError as error:
        raise DecodeError(f"lane {value} is not known") from error
