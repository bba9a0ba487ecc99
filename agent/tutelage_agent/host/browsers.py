"""A browser of the agent's own: installed here, started unseen with a fresh profile, and ended.

It opens one page of this device and reaches nothing else: other names resolve to nothing, and it
uses no proxy. Where the agent is root, the browser runs as ``nobody``. Its own sandbox needs what
the service's unit forbids, so that it is off, which is why it sees no page but ours.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.host.commands import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_END_SECONDS = 10.0
_HEADLESS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-proxy-server",
    "--password-store=basic",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
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
    account = _account()
    with tempfile.TemporaryDirectory(
        prefix="tutelage-selftest-", ignore_cleanup_errors=True
    ) as made:
        home = Path(made)
        if account is not None:
            os.chown(home, *account)
        words = [*_HEADLESS, f"--user-data-dir={home / browser.profiles}", address]
        with _running(browser.program, words, home, account) as process:
            try:
                yield home
            finally:
                _end(process)


def _running(
    program: str, words: list[str], home: Path, account: tuple[int, int] | None
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        environment = {
            name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ
        } | {"USERPROFILE": str(home), "LOCALAPPDATA": str(home), "TEMP": str(home)}
    else:
        environment = {**ENVIRONMENT, "HOME": str(home), "TMPDIR": str(home)}
    try:
        return subprocess.Popen(
            [program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=home,
            start_new_session=True,
            user=account[0] if account else None,
            group=account[1] if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:
        raise NoBrowserError(f"the browser did not start ({type(error).__name__})") from error


def _account() -> tuple[int, int] | None:
    """Return whom a browser runs as where the agent is root; None = as the agent."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise NoBrowserError("there is no account 'nobody' to run a browser as") from error
    return entry.pw_uid, entry.pw_gid


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let it close its files, and end whatever it leaves behind."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_END_SECONDS)
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
