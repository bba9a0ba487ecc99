"""The names of devices and events: below everything that speaks of them."""

from __future__ import annotations

from typing import NewType

DeviceId = NewType("DeviceId", str)
"""32 hex digits: first 16 bytes of SHA-256 over the public key that the device enrolled with."""

EventId = NewType("EventId", str)
"""32 hex digits: 16 bytes that the agent drew, or derived from what it saw, for the event."""
