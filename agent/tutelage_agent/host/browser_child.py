"""The child that keeps a browser of the agent's own, as an account without rights.

``browsers.py`` starts it as ``python -I -m tutelage_agent.host.browser_child``. It is this account
that makes the browser's home, ends the browser and removes the home: as a service the agent is root
without the rights to do any of it to somebody else's files and processes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tutelage_agent.host.commands import ENVIRONMENT
from tutelage_agent.host.foreground.child import become
from tutelage_agent.unspoken import leave_no_dump

NOT_STARTED = 6
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


def main(arguments: list[str]) -> int:
    """Keep the browser until the agent closes our standard input; return an exit code.

    Args:
        arguments: uid and gid to become (-1: stay), the program, where it keeps its profiles below
            a home, and the page's address.
    """
    uid, gid, program, profiles, address = arguments
    become(int(uid), int(gid))
    leave_no_dump()
    # What is removed may be the last thing that a browser still writes: the rest goes with /tmp.
    with tempfile.TemporaryDirectory(
        prefix="tutelage-selftest-", ignore_cleanup_errors=True
    ) as made:
        home = Path(made)
        try:
            browser = _start(program, home, profiles, address)
        except OSError:
            return NOT_STARTED
        try:
            print(home, flush=True)  # noqa: T201 - the answer
            sys.stdin.read()
        finally:
            _end(browser)
    return 0


def _start(program: str, home: Path, profiles: str, address: str) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        environment = {
            name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ
        } | {"USERPROFILE": str(home), "LOCALAPPDATA": str(home), "TEMP": str(home)}
    else:
        environment = {**ENVIRONMENT, "HOME": str(home), "TMPDIR": str(home)}
    return subprocess.Popen(
        [program, *_HEADLESS, f"--user-data-dir={home / profiles}", address],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=home,
        start_new_session=True,
    )


def _end(browser: subprocess.Popen[bytes]) -> None:
    """Let it close its files, and end whatever it leaves behind."""
    browser.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        browser.wait(_END_SECONDS)
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            browser.kill()
        else:
            os.killpg(browser.pid, signal.SIGKILL)
    browser.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
