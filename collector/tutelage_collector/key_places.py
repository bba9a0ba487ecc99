"""Where a device says that its keys lie, in words for who looks after it."""

from __future__ import annotations

_SAID = {
    "tpm": "its TPM: they cannot be copied off the device",
    "os-store": "its system's own key store",
    "systemd-credential": "a file that systemd unlocks for the agent alone",
    "sealed-file": "a file that opens on this device only",
}


def in_words(protection: str) -> str:
    """Return what a heartbeat's ``key_protection`` means; as it is where it is none of ours."""
    return _SAID.get(protection, protection)
