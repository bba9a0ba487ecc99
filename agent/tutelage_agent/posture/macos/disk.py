"""FileVault: only "On." without a second thought passes.

The data volume of an Apple-silicon Mac is encrypted by its hardware with FileVault off as well
(posture.md section 3.2): that keeps nothing from whoever holds the Mac.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import ladder, missed, observed, saw
from tutelage_agent.posture.macos import plists
from tutelage_agent.posture.words import Protection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

SYSTEM = "volume:Macintosh HD"
_ROLES = frozenset({"System", "Preboot", "Recovery", "VM", "Update", "xART", "Hardware", "Data",
                    "iSCPreboot", "Sidecar", "Backup", "Installer", "Prelogin"})  # fmt: skip
"""Roles of volumes that belong to a system, or to Time Machine on a disk of its own."""


def parse_filevault(text: str) -> Protection | None:
    """Return what ``fdesetup status`` says; None for another text.

    The first line alone is not enough: it says "On." while the disk is still being encrypted.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return None
    if any(line.startswith("Decryption in progress") for line in lines):
        return Protection.DECRYPTING
    if any(line.startswith("Encryption in progress") for line in lines):
        return Protection.IN_PROGRESS
    if lines[0] == "FileVault is On.":
        return Protection.ON
    if lines[0].startswith("FileVault is On, but"):
        return Protection.IN_PROGRESS
    if lines[0].startswith("FileVault is Off"):
        return Protection.OFF
    return None


def filevault(host: Host) -> Reading[Protection]:
    """Return the state of FileVault by its own tool."""
    return host.run("filevault-status").map(lambda result: parse_filevault(result.text))


def containers(content: bytes) -> tuple[Mapping[str, Any], ...] | None:
    """Return the containers of ``diskutil apfs list -plist``; None for another answer."""
    table = plists.parse(content)
    found = table.get("Containers") if table is not None else None
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        return None
    return tuple(found)


def _volumes(container: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = container.get("Volumes")
    for volume in found if isinstance(found, list) else ():
        if isinstance(volume, dict):
            yield volume


def _roles(volume: Mapping[str, Any]) -> frozenset[str]:
    roles = volume.get("Roles")
    return frozenset(str(role) for role in roles) if isinstance(roles, list) else frozenset()


def boot_protection(found: tuple[Mapping[str, Any], ...]) -> Protection | None:
    """Return FileVault's state on the data volume of the container that has the system.

    ``Encryption`` is not asked: hardware encrypts without anybody's password.
    """
    for container in found:
        volumes = tuple(_volumes(container))
        if not any("System" in _roles(volume) for volume in volumes):
            continue
        for volume in volumes:
            if "Data" in _roles(volume):
                return volume_protection(volume)
    return None


def volume_protection(volume: Mapping[str, Any]) -> Protection | None:
    """Return how well one APFS volume is protected."""
    on = plists.as_truth(volume.get("FileVault"))
    if on is None:
        return None
    if plists.as_truth(volume.get("CryptoMigrationOn")):
        return Protection.IN_PROGRESS if on else Protection.DECRYPTING
    return Protection.ON if on else Protection.OFF


def data_volumes(
    found: tuple[Mapping[str, Any], ...], internal: frozenset[str]
) -> tuple[tuple[str, Protection | None], ...]:
    """Return (name, protection) of volumes on internal disks that belong to no system."""
    volumes = []
    for container in found:
        stores = container.get("PhysicalStores")
        names = {
            str(store.get("DeviceIdentifier"))
            for store in (stores if isinstance(stores, list) else ())
            if isinstance(store, dict)
        }
        if not names & internal:
            continue
        for volume in _volumes(container):
            if not _roles(volume) & _ROLES:
                name = str(volume.get("Name") or volume.get("DeviceIdentifier") or "volume")
                volumes.append((name, volume_protection(volume)))
    return tuple(volumes)


def internal_disks(content: bytes) -> frozenset[str] | None:
    """Return the identifiers of ``diskutil list -plist internal``; None: there are none."""
    table = plists.parse(content)
    disks = table.get("AllDisks") if table is not None else None
    return frozenset(str(disk) for disk in disks) if isinstance(disks, list) and disks else None


def observe_system(host: Host) -> tuple[Observation, ...]:
    """Ask FileVault's own tool, then the list of volumes."""

    def by_volumes() -> Reading[str]:
        listed = host.run("apfs-list").map(lambda result: containers(result.output))
        return listed.map(boot_protection).map(str)

    protection = ladder(host, "protection", (
        ("fdesetup status", lambda: filevault(host).map(str)),
        ("diskutil apfs list", by_volumes),
    ), subject=SYSTEM)  # fmt: skip
    return (saw(host, "volumes", (SYSTEM,), "macOS"), protection)


def observe_data(host: Host) -> tuple[Observation, ...]:
    """Look at the volumes of internal disks that are no part of a system."""
    source = "diskutil apfs list"
    listed = host.run("apfs-list").map(lambda result: containers(result.output))
    internal = host.run("internal-disks").map(lambda result: internal_disks(result.output))
    for reading in (listed, internal):
        if not reading.seen:
            return (observed(host, "volumes", _none(reading), source),)
    if boot_protection(listed.value) is None:
        # The list does not even have the volume that this Mac runs from.
        return (missed(host, "volumes", Outcome.ERROR, source, raw="no system volume"),)
    volumes = data_volumes(listed.value, internal.value)
    found = [saw(host, "volumes", tuple(f"volume:{name}" for name, _ in volumes), source)]
    for name, protection in volumes:
        state: Reading[str] = (
            value(str(protection)) if protection else nothing(Outcome.ERROR, "no FileVault key")
        )
        found.append(observed(host, "protection", state, source, subject=f"volume:{name}"))
    return tuple(found)


def _none(reading: Reading[Any]) -> Reading[tuple[str, ...]]:
    return nothing(reading.outcome, reading.detail)
