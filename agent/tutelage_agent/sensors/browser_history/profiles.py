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


_CHROMIUM = {
    "win32": {
        "chrome": "AppData/Local/Google/Chrome/User Data",
        "edge": "AppData/Local/Microsoft/Edge/User Data",
        "brave": "AppData/Local/BraveSoftware/Brave-Browser/User Data",
        "opera": "AppData/Roaming/Opera Software/Opera Stable",
        "chromium": "AppData/Local/Chromium/User Data",
        "vivaldi": "AppData/Local/Vivaldi/User Data",
    },
    "darwin": {
        "chrome": "Library/Application Support/Google/Chrome",
        "edge": "Library/Application Support/Microsoft Edge",
        "brave": "Library/Application Support/BraveSoftware/Brave-Browser",
        "opera": "Library/Application Support/com.operasoftware.Opera",
        "chromium": "Library/Application Support/Chromium",
        "vivaldi": "Library/Application Support/Vivaldi",
    },
    "linux": {
        "chrome": ".config/google-chrome",
        "edge": ".config/microsoft-edge",
        "brave": ".config/BraveSoftware/Brave-Browser",
        "opera": ".config/opera",
        "chromium": ".config/chromium",
        "chromium snap": "snap/chromium/common/chromium",
        "vivaldi": ".config/vivaldi",
    },
}

_FIREFOX = {
    "win32": ("AppData/Roaming/Mozilla/Firefox/Profiles",),
    "darwin": ("Library/Application Support/Firefox/Profiles",),
    "linux": (
        ".mozilla/firefox",
        "snap/firefox/common/.mozilla/firefox",
        ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ),
}

_SAFARI = "Library/Safari/History.db"


def find_profiles(homes: Iterable[Home], system: str = sys.platform) -> Iterator[Profile]:
    """Yield every profile with a history. What cannot be listed is not there for us."""
    for home in homes:
        top = Path(home.path)
        for browser, folder in _CHROMIUM.get(system, {}).items():
            # Opera keeps the one profile at the top; the others in folders of their own.
            for database in (top / folder / "History", *_below(top / folder, "History")):
                if database.is_file():
                    yield Profile(browser, Family.CHROMIUM, str(database), home.account)
        for folder in _FIREFOX.get(system, ()):
            for database in _below(top / folder, "places.sqlite"):
                if database.is_file():
                    yield Profile("firefox", Family.FIREFOX, str(database), home.account)
        if system == "darwin" and (top / _SAFARI).is_file():
            yield Profile("safari", Family.SAFARI, str(top / _SAFARI), home.account)


def _below(folder: Path, name: str) -> list[Path]:
    try:
        return sorted(Path(entry.path, name) for entry in os.scandir(folder) if entry.is_dir())
    except OSError:
        return []
