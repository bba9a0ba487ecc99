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


class EngineState(StrEnum):
    """What an anti-virus product is doing."""

    ON = "on"
    """Its engine runs and it says, or does not deny, that it protects."""
    OFF = "off"
    SNOOZED = "snoozed"
    EXPIRED = "expired"
    PASSIVE = "passive"
    """It watches, and leaves protecting to another product."""
    SCANNER_ONLY = "scanner_only"
    """It scans on demand or on a schedule, not when a file is opened."""
    GHOST = "ghost"
    """Registered or lying about, without a running process."""
    NO_ENGINE = "no_engine"
    """Something for security that is no anti-virus: a log watcher, an inventory."""


class AutomaticUpdates(StrEnum):
    """What a device does about fixes by itself."""

    INSTALL = "install"
    """It fetches and installs them, or the school's own server does."""
    DOWNLOAD = "download"
    """It fetches them; a person has to install."""
    NOTIFY = "notify"
    OFF = "off"


class Firmware(StrEnum):
    """What starts the device."""

    UEFI = "uefi"
    BIOS = "bios"
    APPLE_SILICON = "apple_silicon"
    APPLE_T2 = "apple_t2"
    OTHER = "other"


class UsbStorage(StrEnum):
    """What happens to a stick that is plugged in, from the strictest on."""

    BLOCKED = "blocked"
    READ_ONLY = "read_only"
    ENCRYPTED_ONLY = "encrypted_only"
    SCANNED = "scanned"
    OPEN = "open"
