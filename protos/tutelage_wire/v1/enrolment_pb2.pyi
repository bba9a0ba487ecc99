from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChallengeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ChallengeReply(_message.Message):
    __slots__ = ("nonce", "collector_time_ms")
    NONCE_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    nonce: bytes
    collector_time_ms: int
    def __init__(self, nonce: _Optional[bytes] = ..., collector_time_ms: _Optional[int] = ...) -> None: ...

class EnrolRequest(_message.Message):
    __slots__ = ("token_id", "nonce", "token_mac", "csr", "signing_key", "signing_key_certificate", "csr_countersignature", "evidence", "spool_key_of")
    TOKEN_ID_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    TOKEN_MAC_FIELD_NUMBER: _ClassVar[int]
    CSR_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    CSR_COUNTERSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    SPOOL_KEY_OF_FIELD_NUMBER: _ClassVar[int]
    token_id: str
    nonce: bytes
    token_mac: bytes
    csr: bytes
    signing_key: bytes
    signing_key_certificate: bytes
    csr_countersignature: bytes
    evidence: Evidence
    spool_key_of: bytes
    def __init__(self, token_id: _Optional[str] = ..., nonce: _Optional[bytes] = ..., token_mac: _Optional[bytes] = ..., csr: _Optional[bytes] = ..., signing_key: _Optional[bytes] = ..., signing_key_certificate: _Optional[bytes] = ..., csr_countersignature: _Optional[bytes] = ..., evidence: _Optional[_Union[Evidence, _Mapping]] = ..., spool_key_of: _Optional[bytes] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("label", "system", "serial", "hardware_uuid", "machine_id_hash", "tpm_ek_hash", "agent_version", "supersedes")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    SERIAL_FIELD_NUMBER: _ClassVar[int]
    HARDWARE_UUID_FIELD_NUMBER: _ClassVar[int]
    MACHINE_ID_HASH_FIELD_NUMBER: _ClassVar[int]
    TPM_EK_HASH_FIELD_NUMBER: _ClassVar[int]
    AGENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    label: str
    system: str
    serial: str
    hardware_uuid: str
    machine_id_hash: str
    tpm_ek_hash: str
    agent_version: str
    supersedes: str
    def __init__(self, label: _Optional[str] = ..., system: _Optional[str] = ..., serial: _Optional[str] = ..., hardware_uuid: _Optional[str] = ..., machine_id_hash: _Optional[str] = ..., tpm_ek_hash: _Optional[str] = ..., agent_version: _Optional[str] = ..., supersedes: _Optional[str] = ...) -> None: ...

class EnrolReply(_message.Message):
    __slots__ = ("issued", "pending", "refused")
    ISSUED_FIELD_NUMBER: _ClassVar[int]
    PENDING_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    issued: Issued
    pending: Pending
    refused: Refused
    def __init__(self, issued: _Optional[_Union[Issued, _Mapping]] = ..., pending: _Optional[_Union[Pending, _Mapping]] = ..., refused: _Optional[_Union[Refused, _Mapping]] = ...) -> None: ...

class Issued(_message.Message):
    __slots__ = ("device_id", "certificate_chain", "trust_id", "school_id", "group", "profile", "age_band", "epoch", "collector_time_ms", "device_class", "spool_key", "spool_key_of")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_CHAIN_FIELD_NUMBER: _ClassVar[int]
    TRUST_ID_FIELD_NUMBER: _ClassVar[int]
    SCHOOL_ID_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    AGE_BAND_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    COLLECTOR_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_CLASS_FIELD_NUMBER: _ClassVar[int]
    SPOOL_KEY_FIELD_NUMBER: _ClassVar[int]
    SPOOL_KEY_OF_FIELD_NUMBER: _ClassVar[int]
    device_id: bytes
    certificate_chain: bytes
    trust_id: str
    school_id: str
    group: str
    profile: str
    age_band: str
    epoch: int
    collector_time_ms: int
    device_class: str
    spool_key: bytes
    spool_key_of: bytes
    def __init__(self, device_id: _Optional[bytes] = ..., certificate_chain: _Optional[bytes] = ..., trust_id: _Optional[str] = ..., school_id: _Optional[str] = ..., group: _Optional[str] = ..., profile: _Optional[str] = ..., age_band: _Optional[str] = ..., epoch: _Optional[int] = ..., collector_time_ms: _Optional[int] = ..., device_class: _Optional[str] = ..., spool_key: _Optional[bytes] = ..., spool_key_of: _Optional[bytes] = ...) -> None: ...

class Pending(_message.Message):
    __slots__ = ("request_id", "reason", "retry_after_ms")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    reason: str
    retry_after_ms: int
    def __init__(self, request_id: _Optional[str] = ..., reason: _Optional[str] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class Refused(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class PollRequest(_message.Message):
    __slots__ = ("request_id", "nonce", "signature", "spool_key_of")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SPOOL_KEY_OF_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    nonce: bytes
    signature: bytes
    spool_key_of: bytes
    def __init__(self, request_id: _Optional[str] = ..., nonce: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., spool_key_of: _Optional[bytes] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("device_id", "nonce", "csr", "signing_key", "signature", "signing_key_certificate", "csr_countersignature")
    DEVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    CSR_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    CSR_COUNTERSIGNATURE_FIELD_NUMBER: _ClassVar[int]
    device_id: bytes
    nonce: bytes
    csr: bytes
    signing_key: bytes
    signature: bytes
    signing_key_certificate: bytes
    csr_countersignature: bytes
    def __init__(self, device_id: _Optional[bytes] = ..., nonce: _Optional[bytes] = ..., csr: _Optional[bytes] = ..., signing_key: _Optional[bytes] = ..., signature: _Optional[bytes] = ..., signing_key_certificate: _Optional[bytes] = ..., csr_countersignature: _Optional[bytes] = ...) -> None: ...
