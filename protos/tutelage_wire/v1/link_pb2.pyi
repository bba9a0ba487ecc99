from tutelage_wire.v1 import batch_pb2 as _batch_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AgentMessage(_message.Message):
    __slots__ = ("hello",)
    HELLO_FIELD_NUMBER: _ClassVar[int]
    hello: Hello
    def __init__(self, hello: _Optional[_Union[Hello, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("agent_version", "epoch", "device_time_ms", "documents", "observed_roots")
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    DEVICE_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    OBSERVED_ROOTS_FIELD_NUMBER: _ClassVar[int]
    agent_version: str
    epoch: int
    device_time_ms: int
    documents: _containers.RepeatedScalarFieldContainer[str]
    observed_roots: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, agent_version: _Optional[str] = ..., epoch: _Optional[int] = ..., device_time_ms: _Optional[int] = ..., documents: _Optional[_Iterable[str]] = ..., observed_roots: _Optional[_Iterable[bytes]] = ...) -> None: ...

class CollectorMessage(_message.Message):
    __slots__ = ("welcome", "notice", "contexts")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    NOTICE_FIELD_NUMBER: _ClassVar[int]
    CONTEXTS_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    notice: Notice
    contexts: ContextRequests
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., notice: _Optional[_Union[Notice, _Mapping]] = ..., contexts: _Optional[_Union[ContextRequests, _Mapping]] = ...) -> None: ...

class ContextRequests(_message.Message):
    __slots__ = ("findings",)
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, findings: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("collector_time_ms", "checkpoints", "epoch", "documents", "checkpoint_certificate", "renew")
    COLLECTOR_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    RENEW_FIELD_NUMBER: _ClassVar[int]
    collector_time_ms: int
    checkpoints: _containers.RepeatedCompositeFieldContainer[_batch_pb2.Checkpoint]
    epoch: int
    documents: _containers.RepeatedCompositeFieldContainer[Document]
    checkpoint_certificate: bytes
    renew: str
    def __init__(self, collector_time_ms: _Optional[int] = ..., checkpoints: _Optional[_Iterable[_Union[_batch_pb2.Checkpoint, _Mapping]]] = ..., epoch: _Optional[int] = ..., documents: _Optional[_Iterable[_Union[Document, _Mapping]]] = ..., checkpoint_certificate: _Optional[bytes] = ..., renew: _Optional[str] = ...) -> None: ...

class Document(_message.Message):
    __slots__ = ("role", "version", "sha256")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    role: str
    version: int
    sha256: bytes
    def __init__(self, role: _Optional[str] = ..., version: _Optional[int] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class Notice(_message.Message):
    __slots__ = ("kind", "detail", "documents", "checkpoint_certificate", "within_seconds")
    class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        KIND_UNSPECIFIED: _ClassVar[Notice.Kind]
        KIND_DOCUMENTS_CHANGED: _ClassVar[Notice.Kind]
        KIND_REVOKED: _ClassVar[Notice.Kind]
        KIND_SELF_TEST: _ClassVar[Notice.Kind]
        KIND_RENEW: _ClassVar[Notice.Kind]
        KIND_CHECKPOINT_KEY: _ClassVar[Notice.Kind]
    KIND_UNSPECIFIED: Notice.Kind
    KIND_DOCUMENTS_CHANGED: Notice.Kind
    KIND_REVOKED: Notice.Kind
    KIND_SELF_TEST: Notice.Kind
    KIND_RENEW: Notice.Kind
    KIND_CHECKPOINT_KEY: Notice.Kind
    KIND_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    DOCUMENTS_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    WITHIN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    kind: Notice.Kind
    detail: str
    documents: _containers.RepeatedCompositeFieldContainer[Document]
    checkpoint_certificate: bytes
    within_seconds: int
    def __init__(self, kind: _Optional[_Union[Notice.Kind, str]] = ..., detail: _Optional[str] = ..., documents: _Optional[_Iterable[_Union[Document, _Mapping]]] = ..., checkpoint_certificate: _Optional[bytes] = ..., within_seconds: _Optional[int] = ...) -> None: ...

class OpenEpochRequest(_message.Message):
    __slots__ = ("last_epoch", "reason")
    LAST_EPOCH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    last_epoch: int
    reason: str
    def __init__(self, last_epoch: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

class OpenEpochReply(_message.Message):
    __slots__ = ("epoch", "collector_time_ms")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    collector_time_ms: int
    def __init__(self, epoch: _Optional[int] = ..., collector_time_ms: _Optional[int] = ...) -> None: ...

class FetchRequest(_message.Message):
    __slots__ = ("sha256",)
    SHA256_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    def __init__(self, sha256: _Optional[bytes] = ...) -> None: ...

class FetchChunk(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...
