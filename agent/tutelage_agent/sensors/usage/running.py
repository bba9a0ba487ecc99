"""What runs and what is plugged in: programs of the lists, private windows, tunnels, drives."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from tutelage_agent.sensors import places
from tutelage_agent.sensors.sensor import InScope, everybody

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tutelage_agent.sensors.lists import Lists, Program

BROWSERS = frozenset(
    {
        "chrome", "google-chrome", "chromium", "msedge", "firefox", "firefox-esr", "brave",
        "brave-browser", "opera", "vivaldi", "safari", "microsoft edge", "google chrome",
        "brave browser",
    }
)  # fmt: skip
PRIVATE_FLAGS = frozenset(
    {
        "--incognito", "--inprivate", "-inprivate", "-private", "--private", "-private-window",
        "--private-window", "--guest",
    }
)  # fmt: skip
TUNNELS = ("tun", "tap", "wg", "ppp", "nordlynx", "proton", "mullvad", "tailscale")
WINDOWS_TUNNELS = (
    "wireguard", "openvpn", "tap-windows", "nordlynx", "protonvpn", "wintun", "surfshark",
    "expressvpn", "mullvad", "windscribe", "cloudflarewarp", "tailscale",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A listed program that runs, and whose it is."""

    program: Program
    account: str


def is_browser(process: str) -> bool:
    """Say whether a process is a browser's."""
    return process.lower().removesuffix(".exe") in BROWSERS


class Processes:
    """Looks at each process once: what was seen and is the same is not asked again."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, float]] = set()

    def look(self, lists: Lists, in_scope: InScope = everybody) -> tuple[list[Found], list[str]]:
        """Return listed programs that started, and accounts that started a private window.

        Of accounts that are left out no more is asked than the names of their programs.
        """
        programs, private, now = [], [], set()
        for process in psutil.process_iter():
            try:
                key = (process.pid, process.create_time())
                now.add(key)
                if key in self._seen:
                    continue
                name = process.name()
                found, browses = lists.running(name), is_browser(name)
                if (found is None and not browses) or not in_scope(process.username()):
                    continue
                if found is not None:
                    programs.append(Found(found, process.username()))
                elif PRIVATE_FLAGS & set(process.cmdline()[1:]):
                    private.append(process.username())
            except psutil.Error:
                continue
        self._seen = now
        return programs, private


def tunnels(names: Iterable[str] | None = None, system: str = sys.platform) -> Iterator[str]:
    """Yield the kind of each network interface of a VPN that is up; never its full name.

    A Mac has such interfaces always, for its own services: nothing is told there.
    """
    if names is None:
        names = [name for name, state in psutil.net_if_stats().items() if state.isup]
    for name in names:
        lower = name.lower()
        if system == "win32":
            yield from (kind for kind in WINDOWS_TUNNELS if kind in lower)
        elif system == "linux":
            yield from (kind for kind in TUNNELS if lower.startswith(kind))


@dataclass(frozen=True, slots=True)
class Drive:
    """A removable drive as far as it may be told."""

    mountpoint: str
    filesystem: str
    gigabytes: int
    """Rounded up to a power of two."""


def drives() -> list[Drive]:
    """Return the removable drives that are plugged in now."""
    mounted = {one.mountpoint: one.fstype for one in psutil.disk_partitions(all=True)}
    return [
        Drive(root.path, mounted.get(root.path, "").lower(), _gigabytes(root.path))
        for root in places.removable_roots()
        if not root.network
    ]


def _gigabytes(path: str) -> int:
    try:
        size = psutil.disk_usage(path).total
    except OSError:
        return 0
    rounded = 1
    while rounded * 10**9 < size:
        rounded *= 2
    return rounded
