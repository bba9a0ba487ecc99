"""Disk encryption on Linux: walk the block devices under each mount, in sysfs.

"Some crypt device exists" proves nothing about ``/``: it may be a stick or the swap (posture.md
section 15, row 5). What is asked is whether *every* path from a file system down to a disk
crosses a device-mapper target that encrypts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux import mounts as m
from tutelage_agent.posture.words import Protection

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

_ENCRYPTS = re.compile(r"CRYPT-(LUKS1|LUKS2|PLAIN|TCRYPT|BITLK|FVAULT2|LOOPAES)-")
"""UUID prefixes of targets that keep secrets. VERITY, INTEGRITY, SUBDEV and TEMP share the word
``CRYPT-`` and do not (libcryptsetup's type names; posture.md section 15, row 6)."""

MAX_DEPTH = 16
"""Stacked devices; more is a loop."""

SOURCE = "sysfs:dm-uuid"


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a walk ended: a protection, or an outcome without one."""

    protection: Protection | None
    trail: str
    outcome: Outcome = Outcome.VALUE


def encrypts(dm_uuid: str) -> bool:
    """Tell whether a device-mapper uuid is that of a target that encrypts."""
    return _ENCRYPTS.match(dm_uuid) is not None


class Walker:
    """Follows block devices downwards on one host."""

    def __init__(self, host: Host, mounts: tuple[m.Mount, ...]) -> None:
        """Take the mounts, for loop devices and swap files."""
        self._host = host
        self._mounts = mounts

    def mount(self, mount: m.Mount, depth: int = 0) -> Walked:
        """Return how well the file system of ``mount`` is protected."""
        if mount.kind in m.STACKED_ENCRYPTED:
            return Walked(Protection.ON, mount.kind)
        if mount.kind in m.IN_MEMORY or mount.kind in m.REMOTE:
            return Walked(Protection.NOT_STORED, mount.kind)
        if mount.kind == "zfs":
            return self._zfs(mount.source)
        if mount.kind not in m.ON_DISK:
            return Walked(None, f"{mount.kind} shows no device", Outcome.UNSUPPORTED)
        if mount.kind == "btrfs":
            members = self._btrfs(mount.source)
            if members:
                return self._all(members, depth)
        name = self._name(mount)
        if name is None:
            return Walked(None, f"no block device behind {mount.kind}", Outcome.UNSUPPORTED)
        return self.device(name, depth)

    def device(self, name: str, depth: int = 0) -> Walked:
        """Return how well the block device ``name`` (``sda3``, ``dm-0``) is protected."""
        if depth > MAX_DEPTH:
            return Walked(None, f"{name}: devices without end", Outcome.ERROR)
        base = f"/sys/class/block/{name}"
        if name.startswith("zram"):
            return Walked(Protection.NOT_STORED, f"{name}: memory")
        if name.startswith("dm-"):
            uuid = self._host.text(f"{base}/dm/uuid")
            if uuid.seen and encrypts(uuid.value):
                return Walked(Protection.ON, f"{name} {uuid.value.split('-')[1]}")
            if not uuid.seen and uuid.outcome is not Outcome.ABSENT:
                return Walked(None, f"{name}: uuid {uuid.outcome}", uuid.outcome)
        if name.startswith("loop"):
            return self._loop(name, depth)
        below = self._host.folder(f"{base}/slaves")
        if below.seen and below.value:
            walked = self._all(below.value, depth)
            return Walked(walked.protection, f"{name} > {walked.trail}", walked.outcome)
        if not below.seen and below.outcome is not Outcome.ABSENT:
            return Walked(None, f"{name}: slaves {below.outcome}", below.outcome)
        if name.startswith("dm-"):
            return Walked(None, f"{name}: nothing below it", Outcome.UNSUPPORTED)
        if not self._host.text(f"{base}/dev").seen:
            # The end of the path must be a device that is there, or the walk proves nothing.
            return Walked(None, f"{name}: not in sysfs", Outcome.UNSUPPORTED)
        return Walked(Protection.OFF, name)

    def path(self, path: str) -> Walked:
        """Return how well a device path such as ``/dev/sda2`` is protected."""
        name = self._name_of_path(path)
        if name is None:
            return Walked(None, "unknown device path", Outcome.UNSUPPORTED)
        return self.device(name)

    def removable(self, mount: m.Mount) -> bool:
        """Tell whether a mount lies on a medium that is taken out (judged by usb.storage)."""
        name = self._name(mount)
        return name is not None and self._taken_out(name, 0)

    def _taken_out(self, name: str, depth: int) -> bool:
        """Tell whether a device, or any below it, is a disk that is taken out."""
        below = self._host.folder(f"/sys/class/block/{name}/slaves")
        if below.seen and below.value and depth < MAX_DEPTH:
            return any(self._taken_out(under, depth + 1) for under in below.value)
        disk = re.sub(r"(?<=[a-z])\d+$|(?<=\d)p\d+$", "", name)
        flag = self._host.text(f"/sys/class/block/{disk}/removable")
        return flag.seen and flag.value.strip() == "1"

    def _all(self, names: tuple[str, ...], depth: int) -> Walked:
        """Return the protection of devices that only hold together: as good as the worst."""
        walks = [self.device(name, depth + 1) for name in names]
        trail = " + ".join(walk.trail for walk in walks)
        for walk in walks:
            if walk.protection is Protection.OFF:
                return Walked(Protection.OFF, trail)
        for walk in walks:
            if walk.protection is None:
                return Walked(None, trail, walk.outcome)
        return Walked(walks[0].protection, trail)

    def _loop(self, name: str, depth: int) -> Walked:
        base = re.sub(r"^(loop\d+)p\d+$", r"\1", name)
        backing = self._host.text(f"/sys/class/block/{base}/loop/backing_file")
        if not backing.seen:
            return Walked(None, f"{name}: no backing file", Outcome.UNSUPPORTED)
        under = m.holder(self._mounts, backing.value.strip())
        if under is None:
            return Walked(None, f"{name}: backing file on no mount", Outcome.UNSUPPORTED)
        walked = self.mount(under, depth + 1)
        return Walked(walked.protection, f"{name} > {walked.trail}", walked.outcome)

    def _zfs(self, dataset: str) -> Walked:
        reading = self._host.run("zfs-encryption", dataset)
        if not reading.seen:
            outcome = Outcome.UNSUPPORTED if reading.outcome is Outcome.ABSENT else reading.outcome
            return Walked(None, f"zfs: {reading.detail or reading.outcome}", outcome)
        properties = parse_zfs(reading.value.text)
        cipher = properties.get("encryption")
        if cipher is None:
            return Walked(None, "zfs: no encryption property", Outcome.ERROR)
        if cipher == "off":
            # The pool itself may lie on LUKS, which ZFS does not know; then we do not either.
            if self._some_crypt_device():
                return Walked(None, "zfs on an unknown device", Outcome.UNSUPPORTED)
            return Walked(Protection.OFF, "zfs encryption=off")
        if properties.get("keystatus") == "unavailable":
            return Walked(Protection.LOCKED, f"zfs {cipher}")
        return Walked(Protection.ON, f"zfs {cipher}")

    def _some_crypt_device(self) -> bool:
        for name in self._mapped():
            uuid = self._host.text(f"/sys/class/block/{name}/dm/uuid")
            if not uuid.seen or encrypts(uuid.value):
                return True
        return False

    def _mapped(self) -> tuple[str, ...]:
        names = self._host.folder("/sys/class/block")
        found = names.value if names.seen else ()
        return tuple(name for name in found if name.startswith("dm-"))

    def _name(self, mount: m.Mount) -> str | None:
        """Return the device name of a mount: by its number, else by its source."""
        if not mount.device.startswith("0:"):
            uevent = self._host.text(f"/sys/dev/block/{mount.device}/uevent")
            found = re.search(r"^DEVNAME=(\S+)$", uevent.value, re.M) if uevent.seen else None
            if found:
                return found.group(1)
        return self._name_of_path(mount.source)

    def _name_of_path(self, path: str) -> str | None:
        if path.startswith("/dev/mapper/"):
            wanted = path.removeprefix("/dev/mapper/")
            for name in self._mapped():
                label = self._host.text(f"/sys/class/block/{name}/dm/name")
                if label.seen and label.value.strip() == wanted:
                    return name
            return None
        name = path.removeprefix("/dev/")
        return name if path.startswith("/dev/") and re.fullmatch(r"[\w!-]+", name) else None

    def _btrfs(self, source: str) -> tuple[str, ...]:
        """Return all devices of the btrfs that has ``source`` as a member, or none if unknown."""
        own = self._name_of_path(source)
        groups = self._host.folder("/sys/fs/btrfs")
        for group in groups.value if groups.seen else ():
            devices = self._host.folder(f"/sys/fs/btrfs/{group}/devices")
            if devices.seen and own in devices.value:
                return devices.value
        return ()


def parse_zfs(text: str) -> dict[str, str]:
    """Return property -> value of ``zfs get -Hp -o property,value``."""
    rows = (line.split("\t") for line in text.splitlines())
    return {row[0]: row[1] for row in rows if len(row) == 2}


def observe_system(host: Host) -> tuple[Observation, ...]:
    """Look at the disks under ``/``, ``/usr`` and ``/var``."""
    return _observe(host, data=False)


def observe_data(host: Host) -> tuple[Observation, ...]:
    """Look at the disks under the other mounts, and at swap."""
    return _observe(host, data=True)


def _observe(host: Host, *, data: bool) -> tuple[Observation, ...]:
    reading = host.text("/proc/self/mountinfo")
    if not reading.seen:
        return (observed(host, "volumes", reading.map(lambda _: ()), "mountinfo"),)
    mounts = m.parse_mountinfo(reading.value)
    walker = Walker(host, mounts)
    if data:
        chosen = tuple(x for x in m.data_mounts(mounts) if not walker.removable(x))
    else:
        chosen = m.system_mounts(mounts)
    found: list[Observation] = []
    for mount in chosen:
        found += _volume(host, m.subject(mount.point), walker.mount(mount))
    if not data and not chosen:
        return (missed(host, "volumes", Outcome.ERROR, "mountinfo", raw="no mount on /"),)
    if data:
        found += _swap(host, walker, mounts)
    volumes = tuple(dict.fromkeys(o.subject for o in found if o.fact == "protection"))
    return (saw(host, "volumes", volumes, "mountinfo"), *found)


def _volume(host: Host, subject: str, walked: Walked) -> list[Observation]:
    if walked.protection is None:
        return [
            missed(host, "protection", walked.outcome, SOURCE, subject=subject, raw=walked.trail)
        ]
    return [
        saw(host, "protection", str(walked.protection), SOURCE, subject=subject, raw=walked.trail),
        saw(host, "encryption_detail", walked.trail, SOURCE, subject=subject, needed=False),
    ]


def _swap(host: Host, walker: Walker, mounts: tuple[m.Mount, ...]) -> list[Observation]:
    reading = host.text("/proc/swaps")
    if not reading.seen:
        return [observed(host, "protection", reading, "proc:swaps", subject="volume:swap")]
    walks = []
    for path, kind in m.parse_swaps(reading.value):
        if kind == "file":
            under = m.holder(mounts, path)
            walks.append(walker.mount(under) if under else Walked(None, path, Outcome.UNSUPPORTED))
        else:
            walks.append(walker.path(path))
    found: list[Observation] = []
    for walked in walks:
        if walked.protection is Protection.NOT_STORED:
            continue
        if walked.protection is Protection.OFF:
            walked = Walked(Protection.SWAP_OPEN, walked.trail)
        found = _worse(found, _volume(host, "volume:swap", walked))
    return found


def _worse(one: list[Observation], other: list[Observation]) -> list[Observation]:
    """Return of two swaps the one that is worse to have: open before unknown before closed."""

    def badness(found: list[Observation]) -> int:
        if found[0].value == Protection.SWAP_OPEN:
            return 0
        return 1 if found[0].value is None else 2

    return other if not one or badness(other) < badness(one) else one
