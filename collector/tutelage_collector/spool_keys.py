"""The keys of devices' spools, so that a device whose TPM was cleared loses no event.

A key is derived, not kept: HMAC under the collector's own secret. The collector may know it, for it
is sent all that lies under it; whoever has a device's disk does not. It is given again only to a
successor of the device that it was first given to, and never for a device that was revoked.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from tutelage_collector.store.records import DeviceState
from tutelage_wire import keys
from tutelage_wire.ids import DeviceId

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_collector.store.records import Device

_MOST_PREDECESSORS = 16


def key_of(secret: bytes, trust: str, device_id: DeviceId) -> bytes:
    """Return the 32-byte key of the spool of a device."""
    said = keys.domain("tutelage/spool-key/v1", f"{trust}|{device_id}".encode())
    return hmac.digest(secret, said, "sha256")


def first_owner(
    device: Device, wanted: DeviceId, find: Callable[[DeviceId], Device | None]
) -> DeviceId:
    """Return whose spool key a device is given: that of ``wanted`` if it may have it, or its own.

    Args:
        device: that joins.
        wanted: whose key its spool is under, as it says; "" = it has none.
        find: gives an enrolled device.
    """
    before = device
    for _ in range(_MOST_PREDECESSORS):
        if before.id == wanted:
            return wanted
        found = find(DeviceId(before.evidence.supersedes)) if before.evidence.supersedes else None
        if found is None or found.state is DeviceState.REVOKED:
            break
        before = found
    return device.id
