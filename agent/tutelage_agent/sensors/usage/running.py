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
OWN_PROFILE_FLAGS = ("--user-data-dir", "--profile", "-profile", "-no-remote")
"""With these a browser keeps its history in a folder that nobody looks for. Its helpers have them
too, beside ``--type=`` or ``-contentproc``; browsers under a test program say so."""
UNREAD_BROWSERS = frozenset(
    {
        "epiphany", "falkon", "konqueror", "qutebrowser", "midori", "min", "duckduckgo", "dooble",
        "netsurf", "netsurf-gtk", "orion", "maxthon", "ucbrowser", "seamonkey", "k-meleon", "arc",
        "otter-browser", "dillo", "surf", "luakit", "nyxt", "atlas",
    }
)  # fmt: skip
"""Browsers whose history is not read, by process."""
PROXY_FLAGS = ("--proxy-server", "--proxy-pac-url", "--host-resolver-rules", "--host-rules")
"""With these a browser goes another way than the school's filter."""
PRIVATE_FLAGS = frozenset(
    {
        "--incognito", "--inprivate", "-inprivate", "-private", "--private", "-private-window",
        "--private-window", "--guest",
    }
)  # fmt: skip
TUNNELS = (
    "tun", "tap", "wg", "ppp", "nordlynx", "proton", "pvpn", "mullvad", "tailscale", "zt", "amn",
    "cloudflarewarp", "outline", "mihomo", "clash",
)  # fmt: skip
WINDOWS_TUNNELS = (
    "wireguard", "openvpn", "tap-windows", "nordlynx", "protonvpn", "wintun", "surfshark",
    "expressvpn", "mullvad", "windscribe", "cloudflarewarp", "tailscale", "zerotier", "amnezia",
    "outline-tap", "psiphon", "hamachi", "cyberghost", "tunnelbear", "hotspotshield", "radmin",
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
        self._seen: dict[tuple[int, float], bool] = {}
        self.proxied: list[str] = []
        """Accounts that, at the last look, had started a browser with a way of its own."""
        self.unread_browser = False
        """A browser runs whose history is not read, or is kept in a folder of its own."""

    def look(self, lists: Lists, in_scope: InScope = everybody) -> tuple[list[Found], list[str]]:
        """Return listed programs that started, and accounts that started a private window.

        Of accounts that are left out no more is asked than the names of their programs.
        """
        programs, private = [], []
        now: dict[tuple[int, float], bool] = {}
        self.proxied = []
        for process in psutil.process_iter():
            try:
                key = (process.pid, process.create_time())
                if key in self._seen:
                    now[key] = self._seen[key]
                    continue
                now[key] = False
                name = process.name()
                found, browses = lists.running(name), is_browser(name)
                unread = name.lower().removesuffix(".exe") in UNREAD_BROWSERS
                if (found is None and not browses and not unread) or not in_scope(
                    process.username()
                ):
                    continue
                words = process.cmdline()[1:] if browses else []
                now[key] = unread or _has(words, OWN_PROFILE_FLAGS)
                if _has(words, PROXY_FLAGS):
                    self.proxied.append(process.username())
                if found is not None:
                    programs.append(Found(found, process.username()))
                elif PRIVATE_FLAGS & set(words):
                    private.append(process.username())
            except psutil.Error:
                continue
        self._seen = now
        self.unread_browser = any(now.values())
        return programs, private


def _has(words: list[str], flags: tuple[str, ...]) -> bool:
    """Say whether a person, and not the browser for one of its helpers, gave one of ``flags``."""
    if any(word.startswith("--type=") or word == "-contentproc" for word in words):
        return False
    return any(word.partition("=")[0] in flags for word in words)


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
