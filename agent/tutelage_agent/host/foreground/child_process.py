"""One child at one desktop, from the agent's side."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from tutelage_agent.host.commands import ENVIRONMENT
from tutelage_agent.host.foreground.desktop import Desktop, Kind
from tutelage_agent.host.foreground.lines import MOST_LINE, Foreground, loads

if sys.platform != "win32":
    import pwd

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0
"""CREATE_NO_WINDOW."""
_PACKAGE = "tutelage_agent.host.foreground"


class ChildProcess:
    """Starts at once; its lines are told from a thread of its own."""

    clock = staticmethod(time.monotonic)

    def __init__(
        self,
        desktop: Desktop,
        tell: Callable[[Desktop, Foreground | None], None],
        *,
        titles: bool,
    ) -> None:
        """Start the child.

        Raises:
            OSError: it cannot be started.
        """
        self.titles = titles
        self._desktop, self._tell = desktop, tell
        self._closing = False
        self._process = _start(desktop, "child", "titles" if titles else "programs")
        self._thread = threading.Thread(target=self._read, name="foreground-line", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it looks."""
        return self._process.poll() is None

    @property
    def ended_by_itself(self) -> bool:
        """Whether it ended without being told to."""
        return not self._closing and not self.alive

    def close(self) -> None:
        """End it and wait for its thread."""
        self._closing = True
        assert self._process.stdin is not None  # noqa: S101 - PIPE was asked for; narrows
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(1 if sys.platform != "win32" else 0.1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for; narrows
        with self._process.stdout as lines:
            while line := lines.readline(MOST_LINE):
                seen = loads(line)
                if seen is None:
                    self._process.kill()
                    break
                if not self._closing:
                    self._tell(self._desktop, seen)
        self._process.wait()
        if not self._closing:
            self._tell(self._desktop, None)


class Sign:
    """A self-test's window at one desktop: starts at once, and goes by itself."""

    def __init__(self, desktop: Desktop, title: str, seconds: float) -> None:
        """Show it.

        Raises:
            OSError: it cannot be started.
        """
        self._process = _start(desktop, "sign", title, str(seconds))

    def close(self) -> bool:
        """End it; tell whether it was there for the whole time that it had."""
        assert self._process.stdin is not None  # noqa: S101 - PIPE was asked for; narrows
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for; narrows
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._process.stdout.close()
        return code == 0


def _start(desktop: Desktop, module: str, *more: str) -> subprocess.Popen[bytes]:
    uid, gid, environment, before = "-1", "-1", dict(ENVIRONMENT), list[str]()
    if sys.platform == "win32":
        environment = {
            name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ
        }
    else:
        entry = pwd.getpwuid(desktop.uid)
        uid, gid = str(entry.pw_uid), str(entry.pw_gid)
        environment |= {"HOME": entry.pw_dir, "DISPLAY": desktop.display}
        if desktop.authority:
            environment["XAUTHORITY"] = desktop.authority
        if desktop.kind is Kind.MACOS and os.geteuid() == 0:
            before = ["/bin/launchctl", "asuser", uid]
    words = [
        *before, sys.executable, "-I", "-B", "-X", "utf8", "-m", f"{_PACKAGE}.{module}",
        uid, gid, desktop.display, *more,
    ]  # fmt: skip
    if sys.platform == "win32":
        from tutelage_agent.host.foreground.windows_sessions import own_session, start_in_session

        if desktop.uid != own_session():
            return start_in_session(desktop.uid, words)
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/" if sys.platform != "win32" else None,
        creationflags=_NO_WINDOW,
    )
