"""Names in certificates, so that both ends write and read the same ones.

The collector's certificates (listeners A and B) carry ``COLLECTOR_NAME`` beside any host names;
agents check that name, not the address: an address may be an IP number, or move. A device's
certificate carries its URI as the only subject alternative name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutelage_wire.errors import DecodeError
from tutelage_wire.events import DeviceId

COLLECTOR_NAME = "collector.tutelage.internal"

_URI = re.compile(r"tutelage://([a-z0-9-]{1,63})/([a-z0-9-]{1,63})/device/([0-9a-f]{32})")


def collector_key_uri(trust_id: str, use: str) -> str:
    """Return the URI of a certificate over one of the collector's signing keys, by its use."""
    return f"tutelage://{trust_id}/collector/{use}"


@dataclass(frozen=True, slots=True)
class DeviceName:
    """Who a device's certificate says that it is."""

    trust_id: str
    school_id: str
    device_id: DeviceId

    def uri(self) -> str:
        """Return the URI that its certificate carries."""
        return f"tutelage://{self.trust_id}/{self.school_id}/device/{self.device_id}"


def parse_device_uri(uri: str) -> DeviceName:
    """Return the name that a certificate's URI says.

    Raises:
        DecodeError: it is not the URI of a device.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise DecodeError("the certificate carries no tutelage:// device URI")
    return DeviceName(match[1], match[2], DeviceId(match[3]))
