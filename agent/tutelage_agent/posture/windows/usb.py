"""USB storage and autorun on Windows: policies of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import observed
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.words import UsbStorage

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
_REMOVABLE = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\RemovableStorageDevices"
_DISKS = _REMOVABLE + r"\{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}"
"""The class of removable disks."""
_FVE = (
    r"HKLM\SOFTWARE\Policies\Microsoft\FVE",
    r"HKLM\SYSTEM\CurrentControlSet\Policies\Microsoft\FVE",
)
_SCAN = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Scan"
_EXPLORER = reg.POLICIES + r"\Explorer"
_DISABLED = 4
_ALWAYS_RUN = 2
"""``NoAutorun``: 1 never runs, 2 runs by itself; absent, Windows asks first (its policy's text)."""


def storage(host: Host) -> Reading[UsbStorage]:
    """Return what happens to a stick, the strictest that is set."""

    def on(key: str, name: str) -> Reading[int]:
        return reg.default(reg.whole(host, key, name), 0)

    def disabled(service: str) -> Reading[int]:
        start = reg.whole(host, f"{_SERVICES}\\{service}", "Start")
        # A driver that is not installed yet is installed when a stick comes: not disabled.
        return reg.default(start.map(lambda n: int(n == _DISABLED)), 0)

    drivers = (disabled("USBSTOR"), disabled("UASPStor"))
    denies = (on(_REMOVABLE, "Deny_All"), on(_DISKS, "Deny_Read"), on(_DISKS, "Deny_Write"))
    others = (*(on(key, "RDVDenyWriteAccess") for key in _FVE),)
    scanned = reg.default(reg.whole(host, _SCAN, "DisableRemovableDriveScanning"), 1)
    for reading in (*drivers, *denies, *others, scanned):
        if not reading.seen:
            return nothing(reading.outcome, reading.detail)
    deny_all, deny_read, deny_write = (reading.value == 1 for reading in denies)
    if all(reading.value for reading in drivers) or deny_all or (deny_read and deny_write):
        return value(UsbStorage.BLOCKED)
    if deny_write:
        return value(UsbStorage.READ_ONLY)
    if any(reading.value == 1 for reading in others):
        return value(UsbStorage.ENCRYPTED_ONLY)
    return value(UsbStorage.SCANNED if scanned.value == 0 else UsbStorage.OPEN)


def observe_storage(host: Host) -> tuple[Observation, ...]:
    """Look at drivers, device policies, BitLocker To Go and scanning."""
    source = "registry:USBSTOR, RemovableStorageDevices, FVE"
    return (observed(host, "usb_storage", storage(host).map(str), source),)


def observe_autorun(host: Host) -> tuple[Observation, ...]:
    """Look whether a policy lets programs on a medium start without a question."""
    reading = reg.whole(host, _EXPLORER, "NoAutorun")
    runs = reading.map(lambda number: number == _ALWAYS_RUN)
    if reading.outcome is Outcome.ABSENT:
        runs = value(found=False)
    return (observed(host, "autorun", runs, "registry:NoAutorun"),)
