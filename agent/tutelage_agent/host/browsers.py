"""A browser of the agent's own: installed here, started unseen with a fresh profile, and ended.

``browser_child.py`` keeps it. It opens one page of this device and reaches nothing else: names
resolve to nothing, and it uses no proxy. Where the agent is root, the browser runs as ``nobody``.
Its own sandbox needs what the service's unit forbids, so that it is off, which is why it sees no
page but ours.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host.commands import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_END_SECONDS = 20.0
_PROGRAMS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "linux": {
        ".config/google-chrome": ("/usr/bin/google-chrome-stable", "/opt/google/chrome/chrome"),
        ".config/microsoft-edge": ("/usr/bin/microsoft-edge-stable", "/usr/bin/microsoft-edge"),
        ".config/BraveSoftware/Brave-Browser": ("/usr/bin/brave-browser",),
        ".config/chromium": ("/usr/bin/chromium", "/usr/bin/chromium-browser"),
    },
    "win32": {
        "AppData/Local/Microsoft/Edge/User Data": (
            r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
            r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
        ),
        "AppData/Local/Google/Chrome/User Data": (
            r"C:\Program Files\Google\Chrome\Application\chrome.exe",
            r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        ),
    },
    "darwin": {
        "Library/Application Support/Google/Chrome": (
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ),
        "Library/Application Support/Microsoft Edge": (
            "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
        ),
    },
}
"""System -> where a browser keeps its profiles below a home -> where its program lies."""


@dataclass(frozen=True, slots=True)
class OwnBrowser:
    """A browser that is installed here and can be started unseen."""

    program: str
    profiles: str
    """Below a home, as the history sensor looks for it."""


class NoBrowserError(Exception):
    """It cannot be started; the message says why, without a path."""


def own_browsers(system: str = sys.platform) -> list[OwnBrowser]:
    """Return the browsers of this device that can be tested so; Firefox and Safari are not."""
    found = []
    for profiles, programs in _PROGRAMS.get(system, {}).items():
        program = next((one for one in programs if Path(one).is_file()), None)
        if program is not None:
            found.append(OwnBrowser(program, profiles))
    return found


@contextlib.contextmanager
def opened(browser: OwnBrowser, address: str) -> Iterator[Path]:
    """Open a page with a profile of our own for as long as the block lasts; gives its home.

    Raises:
        NoBrowserError: it cannot be started.
    """
    uid, gid = _account()
    words = [
        sys.executable, "-I", "-B", "-X", "utf8", "-m", "tutelage_agent.host.browser_child",
        str(uid), str(gid), browser.program, browser.profiles, address,
    ]  # fmt: skip
    environment = dict(os.environ) if sys.platform == "win32" else dict(ENVIRONMENT)
    try:
        child = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment,
        )  # fmt: skip
    except OSError as error:
        raise NoBrowserError(f"the browser did not start ({type(error).__name__})") from error
    with child:
        assert child.stdin is not None  # noqa: S101 - PIPE was asked for; narrows
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for; narrows
        home = child.stdout.readline().decode().strip()
        try:
            if not home:
                raise NoBrowserError("the browser did not start")
            yield Path(home)
        finally:
            with contextlib.suppress(OSError):
                child.stdin.close()
            try:
                child.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def _account() -> tuple[int, int]:
    """Return whom a browser runs as where the agent is root; -1 = as the agent."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return -1, -1
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise NoBrowserError("there is no account 'nobody' to run a browser as") from error
    return entry.pw_uid, entry.pw_gid
