from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TravelLane(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRAVEL_LANE_UNSPECIFIED: _ClassVar[TravelLane]
    TRAVEL_LANE_URGENT: _ClassVar[TravelLane]
    TRAVEL_LANE_BULK: _ClassVar[TravelLane]

class AppendResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APPEND_RESULT_UNSPECIFIED: _ClassVar[AppendResult]
    APPEND_RESULT_STORED: _ClassVar[AppendResult]
    APPEND_RESULT_DUPLICATE: _ClassVar[AppendResult]
    APPEND_RESULT_STORED_AFTER_GAP: _ClassVar[AppendResult]
    APPEND_RESULT_FORK: _ClassVar[AppendResult]
    APPEND_RESULT_REFUSED: _ClassVar[AppendResult]
    APPEND_RESULT_RETRY: _ClassVar[AppendResult]
TRAVEL_LANE_UNSPECIFIED: TravelLane
TRAVEL_LANE_URGENT: TravelLane
TRAVEL_LANE_BULK: TravelLane
APPEND_RESULT_UNSPECIFIED: AppendResult
APPEND_RESULT_STORED: AppendResult
APPEND_RESULT_DUPLICATE: AppendResult
APPEND_RESULT_STORED_AFTER_GAP: AppendResult
APPEND_RESULT_FORK: AppendResult
APPEND_RESULT_REFUSED: AppendResult
APPEND_RESULT_RETRY: AppendResult

class BatchHeader(_message.Message):
    __slots__ = ("device_id", "epoch", "lane", "first_sequence", "count", "previous_head", "merkle_root", "trust_id", "closed_at_ms")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HEAD_FIELD_NUMBER: _ClassVar[int]
    MERKLE_ROOT_FIELD_NUMBER: _ClassVar[int]
    TRUST_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    device_id: bytes
    epoch: int
    lane: TravelLane
    first_sequence: int
    count: int
    previous_head: bytes
    merkle_root: bytes
    trust_id: str
    closed_at_ms: int
    def __init__(self, device_id: _Optional[bytes] = ..., epoch: _Optional[int] = ..., lane: _Optional[_Union[TravelLane, str]] = ..., first_sequence: _Optional[int] = ..., count: _Optional[int] = ..., previous_head: _Optional[bytes] = ..., merkle_root: _Optional[bytes] = ..., trust_id: _Optional[str] = ..., closed_at_ms: _Optional[int] = ...) -> None: ...

class SignedBatch(_message.Message):
    __slots__ = ("header", "events", "signature", "evicted")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    EVICTED_FIELD_NUMBER: _ClassVar[int]
    header: bytes
    events: _containers.RepeatedScalarFieldContainer[bytes]
    signature: bytes
    evicted: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, header: _Optional[bytes] = ..., events: _Optional[_Iterable[bytes]] = ..., signature: _Optional[bytes] = ..., evicted: _Optional[_Iterable[int]] = ...) -> None: ...

class Checkpoint(_message.Message):
    __slots__ = ("body", "signature", "key_id")
    BODY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    body: bytes
    signature: bytes
    key_id: bytes
    def __init__(self, body: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., key_id: _Optional[bytes] = ...) -> None: ...

class CheckpointBody(_message.Message):
    __slots__ = ("device_id", "epoch", "lane", "next_sequence", "head", "time_ms", "trust_id", "log_root", "log_size")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    NEXT_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HEAD_FIELD_NUMBER: _ClassVar[int]
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    TRUST_ID_FIELD_NUMBER: _ClassVar[int]
    LOG_ROOT_FIELD_NUMBER: _ClassVar[int]
    LOG_SIZE_FIELD_NUMBER: _ClassVar[int]
    device_id: bytes
    epoch: int
    lane: TravelLane
    next_sequence: int
    head: bytes
    time_ms: int
    trust_id: str
    log_root: bytes
    log_size: int
    def __init__(self, device_id: _Optional[bytes] = ..., epoch: _Optional[int] = ..., lane: _Optional[_Union[TravelLane, str]] = ..., next_sequence: _Optional[int] = ..., head: _Optional[bytes] = ..., time_ms: _Optional[int] = ..., trust_id: _Optional[str] = ..., log_root: _Optional[bytes] = ..., log_size: _Optional[int] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("epoch", "lane", "first_sequence", "result", "message", "checkpoint", "retry_after_ms")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    LANE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    lane: TravelLane
    first_sequence: int
    result: AppendResult
    message: str
    checkpoint: Checkpoint
    retry_after_ms: int
    def __init__(self, epoch: _Optional[int] = ..., lane: _Optional[_Union[TravelLane, str]] = ..., first_sequence: _Optional[int] = ..., result: _Optional[_Union[AppendResult, str]] = ..., message: _Optional[str] = ..., checkpoint: _Optional[_Union[Checkpoint, _Mapping]] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...
