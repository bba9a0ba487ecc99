"""Where browsers keep their history: every profile of each account.

Folders per system as measured or named in reference: matching.md, section 8a.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.sensors.opening import is_below, read_small

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Family(StrEnum):
    """Browsers that share a format of history."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    SAFARI = "safari"


@dataclass(frozen=True, slots=True)
class Home:
    """One account's folder."""

    path: str
    account: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile of one browser of one account."""

    browser: str
    family: Family
    database: str
    """Path of its history database."""
    account: str


_LOCAL, _ROAMING, _SUPPORT = "AppData/Local/", "AppData/Roaming/", "Library/Application Support/"
_CHROMIUM: dict[str, dict[str, tuple[str, ...]]] = {
    "win32": {
        "chrome": (
            *(f"{_LOCAL}Google/Chrome{kind}/User Data" for kind in ("", " Beta", " Dev", " SxS")),
        ),
        "edge": (
            *(f"{_LOCAL}Microsoft/Edge{kind}/User Data" for kind in ("", " Beta", " Dev", " SxS")),
        ),
        "brave": (f"{_LOCAL}BraveSoftware/Brave-Browser/User Data",),
        "opera": (
            *(f"{_ROAMING}Opera Software/Opera{kind} Stable" for kind in ("", " GX", " Air")),
        ),
        "chromium": (f"{_LOCAL}Chromium/User Data",),
        "vivaldi": (f"{_LOCAL}Vivaldi/User Data",),
        "yandex": (f"{_LOCAL}Yandex/YandexBrowser/User Data",),
        "comet": (f"{_LOCAL}Perplexity/Comet/User Data",),
    },
    "darwin": {
        "chrome": (*(f"{_SUPPORT}Google/Chrome{kind}" for kind in ("", " Beta", " Canary")),),
        "edge": (*(f"{_SUPPORT}Microsoft Edge{kind}" for kind in ("", " Beta", " Dev")),),
        "brave": (f"{_SUPPORT}BraveSoftware/Brave-Browser",),
        "opera": (f"{_SUPPORT}com.operasoftware.Opera", f"{_SUPPORT}com.operasoftware.OperaGX"),
        "chromium": (f"{_SUPPORT}Chromium",),
        "vivaldi": (f"{_SUPPORT}Vivaldi",),
        "arc": (f"{_SUPPORT}Arc/User Data",),
        "yandex": (f"{_SUPPORT}Yandex/YandexBrowser",),
        "comet": (f"{_SUPPORT}Comet",),
    },
    "linux": {
        "chrome": (
            *(f".config/google-chrome{kind}" for kind in ("", "-beta", "-unstable")),
            ".var/app/com.google.Chrome/config/google-chrome",
        ),
        "edge": (
            *(f".config/microsoft-edge{kind}" for kind in ("", "-beta", "-dev")),
            ".var/app/com.microsoft.Edge/config/microsoft-edge",
        ),
        "brave": (
            ".config/BraveSoftware/Brave-Browser",
            "snap/brave/current/.config/BraveSoftware/Brave-Browser",
            ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
        ),
        "opera": (
            ".config/opera",
            "snap/opera/current/.config/opera",
            ".var/app/com.opera.Opera/config/opera",
        ),
        "chromium": (
            ".config/chromium",
            "snap/chromium/common/chromium",
            ".var/app/org.chromium.Chromium/config/chromium",
        ),
        "vivaldi": (".config/vivaldi", ".var/app/com.vivaldi.Vivaldi/config/vivaldi"),
        "yandex": (".config/yandex-browser",),
    },
}

_STORE = f"{_LOCAL}Packages/Mozilla.Firefox_n80bbvh6b1yt2/LocalCache/Roaming/"
_FIREFOX: dict[str, dict[str, tuple[str, ...]]] = {
    "win32": {
        "firefox": (f"{_ROAMING}Mozilla/Firefox", f"{_STORE}Mozilla/Firefox"),
        "librewolf": (f"{_ROAMING}librewolf",),
        "waterfox": (f"{_ROAMING}Waterfox",),
        "zen": (f"{_ROAMING}zen",),
        "floorp": (f"{_ROAMING}Floorp",),
        "pale moon": (f"{_ROAMING}Moonchild Productions/Pale Moon",),
    },
    "darwin": {
        "firefox": (f"{_SUPPORT}Firefox",),
        "librewolf": (f"{_SUPPORT}librewolf",),
        "waterfox": (f"{_SUPPORT}Waterfox",),
        "zen": (f"{_SUPPORT}zen",),
    },
    "linux": {
        "firefox": (
            ".mozilla/firefox",
            ".config/mozilla/firefox",
            "snap/firefox/common/.mozilla/firefox",
            ".var/app/org.mozilla.firefox/.mozilla/firefox",
            ".var/app/org.mozilla.firefox/config/mozilla/firefox",
        ),
        "librewolf": (".librewolf", ".var/app/io.gitlab.librewolf-community/.librewolf"),
        "waterfox": (".waterfox", ".var/app/net.waterfox.waterfox/.waterfox"),
        "zen": (".zen", ".var/app/app.zen_browser.zen/.zen"),
        "floorp": (".floorp", ".var/app/one.ablaze.floorp/.floorp"),
        "pale moon": (".moonchild productions/pale moon",),
    },
}
"""Folder with ``profiles.ini``; profiles lie in it, in its ``Profiles``, or where the file says."""

_UNREAD: dict[str, tuple[str, ...]] = {
    "win32": (
        "AppData/Local/DuckDuckGo",
        "AppData/Local/Packages/DuckDuckGo.DesktopBrowser_ya2fgkz3nks94",
        "AppData/Local/TheBrowserCompany.Arc_ttt1ap7aakyb4", "AppData/Local/qutebrowser",
        "AppData/Local/falkon", "AppData/Roaming/Mozilla/SeaMonkey", "AppData/Local/Maxthon",
        "AppData/Local/UCBrowser", "Desktop/Tor Browser", "Downloads/Tor Browser",
    ),
    "darwin": (
        "Library/Containers/com.duckduckgo.macos.browser", f"{_SUPPORT}Orion",
        f"{_SUPPORT}TorBrowser-Data", f"{_SUPPORT}com.openai.atlas", f"{_SUPPORT}qutebrowser",
    ),
    "linux": (
        ".local/share/epiphany", ".var/app/org.gnome.Epiphany", ".config/falkon",
        ".local/share/falkon", ".local/share/qutebrowser", ".local/share/konqueror",
        ".config/midori", ".local/share/torbrowser", ".var/app/org.torproject.torbrowser-launcher",
        ".mozilla/seamonkey", ".config/min",
    ),
}  # fmt: skip
"""What browsers leave in a home whose history is not read: the account uses one, or did."""

_SAFARI = "Library/Safari/History.db"


def find_profiles(homes: Iterable[Home], system: str = sys.platform) -> Iterator[Profile]:
    """Yield every profile with a history. What cannot be listed is not there for us."""
    for home in homes:
        top = Path(home.path)
        for browser, places in _CHROMIUM.get(system, {}).items():
            for folder in places:
                # Opera keeps the one profile at the top; the others in folders of their own.
                for database in (top / folder / "History", *_below(top / folder, "History")):
                    if database.is_file():
                        yield Profile(browser, Family.CHROMIUM, str(database), home.account)
        for browser, places in _FIREFOX.get(system, {}).items():
            for folder in places:
                for database in _of_firefox(top / folder, top):
                    if database.is_file():
                        yield Profile(browser, Family.FIREFOX, str(database), home.account)
        if system == "darwin" and (top / _SAFARI).is_file():
            yield Profile("safari", Family.SAFARI, str(top / _SAFARI), home.account)


def uses_unread(homes: Iterable[Home], system: str = sys.platform) -> bool:
    """Say whether a browser was used in one of ``homes`` whose history is not read."""
    return any(
        (Path(home.path) / folder).is_dir() for home in homes for folder in _UNREAD.get(system, ())
    )


def _of_firefox(folder: Path, home: Path) -> list[Path]:
    found = [
        *_below(folder, "places.sqlite"),
        *_below(folder / "Profiles", "places.sqlite"),
    ]
    for line in read_small(folder / "profiles.ini").decode("utf-8", "replace").splitlines():
        name, _, place = line.partition("=")
        # An absolute one may lie anywhere; the file is the account's own and leads not out of it.
        if name.strip().lower() == "path" and is_below(place.strip(), home):
            found.append(Path(place.strip(), "places.sqlite"))
    return sorted(set(found))


def _below(folder: Path, name: str) -> list[Path]:
    try:
        return sorted(Path(entry.path, name) for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []
