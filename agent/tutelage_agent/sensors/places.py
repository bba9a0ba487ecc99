"""Where people keep what they write and download: folders, cloud folders, and drives."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tutelage_agent.sensors.folders import Root
from tutelage_agent.sensors.opening import is_below, read_small

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DOCUMENT_FOLDERS = ("Desktop", "Documents", "Downloads", "Pictures")
_XDG = {"XDG_DESKTOP_DIR", "XDG_DOCUMENTS_DIR", "XDG_DOWNLOAD_DIR", "XDG_PICTURES_DIR"}
_CLOUD = ("OneDrive*", "Google Drive*", "GoogleDrive*", "My Drive*", "Dropbox*", "iCloudDrive")
_MAC_CLOUD = ("OneDrive*", "GoogleDrive*", "Dropbox*", "iCloud*")
_DROPBOX = {
    "win32": ("AppData/Local/Dropbox/info.json", "AppData/Roaming/Dropbox/info.json"),
    "linux": (".dropbox/info.json",),
    "darwin": (".dropbox/info.json",),
}
_MEDIA = {"linux": ("/media/", "/run/media/"), "darwin": ("/Volumes/",)}
_MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "davfs", "9p", "afpfs"})
REMOVABLE_SCAN_EVERY = 30.0
"""Seconds, where a watch would keep a drive from being taken out."""


def document_roots(
    homes: Iterable[tuple[Path, str]],
    system: str = sys.platform,
    *,
    moved: Iterable[tuple[str, str]] = (),
) -> list[Root]:
    """Return the folders of documents and the cloud's folders of each account.

    Args:
        homes: home folder and account.
        system: as ``sys.platform`` names it.
        moved: folder and account, of folders that lie outside of a home. On a server they are only
            stated: a service has no right there, and an absent server would hold it up.
    """
    folders = [
        (folder, account)
        for home, account in homes
        for folder in (*_standard(home, system, _XDG, DOCUMENT_FOLDERS), *cloud(home, system))
    ]
    moved = list(moved)
    near = [(Path(folder), account) for folder, account in moved if not _on_server(folder)]
    here = _roots([*folders, *near])
    away = [
        Root(folder, account, watch=False, network=True, read=False)
        for folder, account in moved
        if _on_server(folder)
    ]
    return [*here, *away]


def _on_server(folder: str) -> bool:
    return folder.startswith(("\\\\", "//"))


def download_roots(homes: Iterable[tuple[Path, str]], system: str = sys.platform) -> list[Root]:
    """Return each account's download folder, and its desktop, where browsers save by choice."""
    wanted = {"XDG_DOWNLOAD_DIR", "XDG_DESKTOP_DIR"}
    return _roots(
        (folder, account)
        for home, account in homes
        for folder in _standard(home, system, wanted, ("Downloads", "Desktop"))
    )


def cloud(home: Path, system: str = sys.platform) -> Iterator[Path]:
    """Yield the folders that OneDrive, Google Drive, Dropbox and iCloud keep in a home."""
    for pattern in _CLOUD:
        yield from _folders(home, pattern)
    if system == "darwin":
        for pattern in _MAC_CLOUD:
            yield from _folders(home / "Library" / "CloudStorage", pattern)
    for file in _DROPBOX.get(system, ()):
        try:
            table = json.loads(read_small(home / file))
            found = [one["path"] for one in table.values()]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            continue
        # The file is the account's own to write: it may not lead us out of its home.
        yield from (Path(one) for one in found if isinstance(one, str) and is_below(one, home))


def removable_roots(system: str = sys.platform) -> list[Root]:
    """Return the drives that are plugged in now, as the desktop mounts them."""
    if system == "win32":
        return [
            Root(one.mountpoint, watch=False, scan_every=REMOVABLE_SCAN_EVERY)
            for one in psutil.disk_partitions(all=True)
            if "removable" in one.opts and one.fstype
        ]
    places, mounts = _MEDIA.get(system, ()), _mounts(_MEDIA.get(system, ()))
    return [
        Root(
            one.mountpoint,
            watch=one.fstype not in NETWORK,
            network=one.fstype in NETWORK,
            mount=mounts.get(one.mountpoint, ""),
        )
        for one in psutil.disk_partitions(all=True)
        if one.mountpoint.startswith(places) and "/." not in one.mountpoint
    ]


def unread_roots(
    partitions: Iterable[Any] | None = None, system: str = sys.platform, own: str = "C:"
) -> list[Root]:
    """Return the second drives of a Windows: stated, since nobody said what lies there."""
    if system != "win32":
        return []
    found = psutil.disk_partitions() if partitions is None else partitions
    return [
        Root(one.mountpoint, watch=False, read=False, network="remote" in one.opts)
        for one in found
        if ("fixed" in one.opts or "remote" in one.opts)
        and not one.mountpoint.lower().startswith(own.lower())
    ]


def _mounts(places: tuple[str, ...]) -> dict[str, str]:
    """Return mount point -> which mount it is; empty where the system has no such table.

    The number of a mount (proc(5)) is given again at once; the number of the disk's arrival
    (``diskseq``, Linux 5.15) never is.
    """
    try:
        rows = [line.split(" ") for line in _MOUNTS.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return {}
    return {
        _unescaped(row[4]): f"{row[0]} {_arrival(row[2])}"
        for row in rows
        if len(row) > 4 and row[4].startswith(places)
    }


def _arrival(device: str) -> str:
    block = Path("/sys/dev/block") / device
    for place in (block / "diskseq", block / ".." / "diskseq"):
        with suppress(OSError):
            return place.read_text("ascii").strip()
    return ""


def _unescaped(place: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        place = place.replace(code, character)
    return place


def _roots(found: Iterable[tuple[Path, str]]) -> list[Root]:
    """Return roots, each once; what lies below another one is read with it."""
    roots: dict[str, Root] = {}
    for folder, account in sorted(found, key=lambda one: len(one[0].parts)):
        if not folder.is_dir() or (folder.is_symlink() and not _same_owner(folder)):
            continue
        path = str(folder.resolve() if folder.is_symlink() else folder)
        if not any(path == top or path.startswith(top + os.sep) for top in roots):
            roots[path] = Root(path, account)
    return list(roots.values())


def _same_owner(link: Path) -> bool:
    """Say whether a link leads to a folder of whoever made it, and not into somebody else's."""
    try:
        return link.lstat().st_uid == link.stat().st_uid
    except OSError:
        return False


def _standard(home: Path, system: str, wanted: set[str], names: Sequence[str]) -> Iterator[Path]:
    yield from (home / name for name in names)
    if system == "linux":
        yield from _xdg(home, wanted)


def _xdg(home: Path, wanted: set[str]) -> Iterator[Path]:
    """Yield the folders that ``user-dirs.dirs`` names, in whatever language, within the home."""
    settings = read_small(home / ".config" / "user-dirs.dirs")
    for line in settings.decode("utf-8", "replace").splitlines():
        key, _, quoted = line.strip().partition("=")
        below = quoted.strip('"').removeprefix("$HOME/")
        if key in wanted and below and below != quoted.strip('"') and ".." not in below:
            yield home / below


def _folders(top: Path, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in top.glob(pattern) if path.is_dir())
    except OSError:
        return []
