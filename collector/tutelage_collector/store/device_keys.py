"""How a device's keys are exchanged, as a protocol.

The present pair stays in force until the device was met with the next one: an answer that was lost
on the way locks nobody out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_device_keys import KeyPair
    from tutelage_wire.events import DeviceId


class DeviceKeyStore(Protocol):
    """Pairs of keys beside the present one."""

    def certify_keys(
        self,
        device_id: DeviceId,
        tls_key: bytes,
        signing_key: bytes,
        expires_at: datetime,
        now: datetime,
    ) -> None:
        """Note that a pair was certified; it takes the place of one that was never met."""

    def meet_keys(self, device_id: DeviceId, tls_key: bytes, now: datetime) -> bool:
        """Make a certified pair the present one, now that its device came with it.

        Returns:
            False: no certified pair has this TLS key.
        """

    def latest_certificates(self) -> dict[DeviceId, bytes]:
        """Return the certificate chain that each device got last, PEM, leaf first."""

    def key_pairs(self, device_id: DeviceId) -> list[KeyPair]:
        """Return all pairs beside the present one, the latest first."""
