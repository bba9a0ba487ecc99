"""Devices that wait until a person lets them in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import Evidence
    from tutelage_wire.events import DeviceId


class WaitingState(StrEnum):
    """What a person decided."""

    WAITING = "waiting"
    APPROVED = "approved"
    """Let in; it gets its certificate when it asks next."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Keys:
    """What the device sent to prove its keys, for when it is let in."""

    csr: bytes
    signing_key: bytes
    signing_key_certificate: bytes
    csr_countersignature: bytes


@dataclass(frozen=True, slots=True)
class WaitingDevice:
    """One that asked to join."""

    request_id: str
    device_id: DeviceId
    token_id: str
    school: str
    keys: Keys
    evidence: Evidence
    reason: str
    """Why a person decides, in words."""
    address: str
    asked_at: datetime
    state: WaitingState = WaitingState.WAITING
    decided_by: str = ""
    decided_at: datetime | None = None
