"""Keys that a device exchanged or is about to: beside the present pair, which is in ``Device``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId


class PairState(StrEnum):
    """What became of a pair of keys."""

    CERTIFIED = "certified"
    """Its certificate was given out; the device has not come with it yet."""
    REPLACED = "replaced"
    """Another pair was met since: who comes with this one is turned away."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The public halves of one pair."""

    device_id: DeviceId
    tls_key: bytes
    """DER SubjectPublicKeyInfo."""
    signing_key: bytes
    state: PairState
    expires_at: datetime
    """End of the certificate."""
    at: datetime
    """When it was certified, or replaced."""
