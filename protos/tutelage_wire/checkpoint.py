"""The only acknowledgement: a collector-signed statement made after the durable commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_wire import keys
from tutelage_wire.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tutelage_wire.batch import TravelLane
    from tutelage_wire.events import DeviceId


@dataclass(frozen=True, slots=True)
class CheckpointBody:
    """All of this lane before ``next_sequence`` is stored, and the chain ends in ``head``."""

    device_id: DeviceId
    epoch: int
    lane: TravelLane
    next_sequence: int
    head: bytes
    time: datetime
    trust_id: str
    log_root: bytes = b""
    log_size: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement as it travels and as an agent keeps it: the bytes, the signature, whose key."""

    body: bytes
    signature: bytes
    key_id: bytes


def signed_bytes(body: bytes) -> bytes:
    """Return what the collector's checkpoint key signs."""
    return keys.domain("tutelage/checkpoint/v1", body)


def verify(checkpoint: Checkpoint, checkpoint_keys: Mapping[bytes, bytes]) -> None:
    """Check a checkpoint's signature.

    Args:
        checkpoint: as received.
        checkpoint_keys: key id (8 bytes) -> raw Ed25519 public key (32 bytes) that are trusted.

    Raises:
        SignatureError: the key is not known, or did not sign this.
    """
    public_key = checkpoint_keys.get(checkpoint.key_id)
    if public_key is None:
        raise SignatureError(
            f"checkpoint by key {checkpoint.key_id.hex()}, which this device was not told to trust"
        )
    keys.verify_ed25519(public_key, checkpoint.signature, signed_bytes(checkpoint.body))
