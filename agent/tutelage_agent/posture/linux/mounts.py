"""Which file systems and swap areas a Linux machine has: parsers of /proc."""

from __future__ import annotations

import re
from dataclasses import dataclass

ON_DISK = frozenset(
    ("bcachefs", "btrfs", "exfat", "ext2", "ext3", "ext4", "f2fs", "jfs", "nilfs2", "ntfs",
     "ntfs3", "reiserfs", "vfat", "fuseblk", "xfs", "zfs")
)  # fmt: skip
"""File systems whose files stay on a block device of this machine (or a ZFS pool)."""

IN_MEMORY = frozenset({"tmpfs", "ramfs", "rootfs"})
REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "afs"})
STACKED_ENCRYPTED = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs"})

_SYSTEM_MOUNTS = ("/", "/usr", "/var")
_BOOT_MOUNTS = ("/boot", "/boot/efi", "/efi")
"""What the firmware must read before any key is known."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    device: str
    """``major:minor``; btrfs, ZFS and overlays have an anonymous ``0:n``."""
    point: str
    kind: str
    source: str


def unescape(text: str) -> str:
    r"""Return text with the kernel's octal escapes (``\040`` is a blank) undone."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """Return the mounts of /proc/self/mountinfo (proc(5)); a line of another form is left out.

    Of several mounts on one point, the last one hides the others and alone is returned.
    """
    found: dict[str, Mount] = {}
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if separator and len(fields) >= 6 and len(rest) >= 2:
            point = unescape(fields[4])
            found.pop(point, None)
            found[point] = Mount(fields[2], point, rest[0], unescape(rest[1]))
    return tuple(found.values())


def parse_swaps(text: str) -> tuple[tuple[str, str], ...]:
    """Return (path, ``partition`` or ``file``) of each line of /proc/swaps."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 2:
            found.append((unescape(fields[0]), fields[1]))
    return tuple(found)


def system_mounts(mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Return the mounts that hold the system: ``/``, and ``/usr`` and ``/var`` on disks."""
    return tuple(
        mount
        for mount in mounts
        if mount.point == "/" or (mount.point in _SYSTEM_MOUNTS and mount.kind in ON_DISK)
    )


def data_mounts(mounts: tuple[Mount, ...]) -> tuple[Mount, ...]:
    """Return the other mounts that keep files here, one per device."""
    seen = {(mount.device, mount.kind == "zfs" and mount.source) for mount in system_mounts(mounts)}
    found = []
    for mount in mounts:
        if mount.point in (*_SYSTEM_MOUNTS, *_BOOT_MOUNTS):
            continue
        key = (mount.device, mount.kind == "zfs" and mount.source)
        stored = mount.kind in ON_DISK or mount.kind in STACKED_ENCRYPTED
        if stored and key not in seen:
            seen.add(key)
            found.append(mount)
    return tuple(found)


def holder(mounts: tuple[Mount, ...], path: str) -> Mount | None:
    """Return the mount that a path lies on: the longest mount point that begins it."""
    inside = [
        mount
        for mount in mounts
        if path == mount.point or path.startswith(mount.point.rstrip("/") + "/")
    ]
    return max(inside, key=lambda mount: len(mount.point), default=None)


def subject(point: str) -> str:
    """Return ``volume:<mount point>`` with what is a person's in it left out."""
    point = re.sub(r"^(/home|/media|/run/media)/[^/]+(?:/.*)?$", r"\1/*", point)
    return f"volume:{point}"
