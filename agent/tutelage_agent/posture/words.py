"""The closed words that observers and judges share, where a fact is more than yes or no."""

from __future__ import annotations

from enum import StrEnum


class Protection(StrEnum):
    """How well a volume that is lost with its device would keep its files."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"
    """Encrypted, with the key lying in the clear."""
    IN_PROGRESS = "in_progress"
    DECRYPTING = "decrypting"
    WAITING_ACTIVATION = "waiting_activation"
    """Encrypted, but nothing protects the key yet."""
    LOCKED = "locked"
    """A data volume that is locked now: encrypted."""
    SWAP_OPEN = "swap_open"
    """Swap on a plain partition: what was in memory can be read from it."""
    NOT_STORED = "not_stored"
    """Memory, network or read-only image: nothing stays on this device's disk."""
