"""What the scheduled self-tests do at this device: a document, a page, a window. Nobody's own.

Each says whether it could begin now, and after a miss whether that miss counts: a page that its
browser never loaded, or a window that somebody closed, proves nothing about what is watched.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Protocol

from tutelage_agent.host.browsers import NoBrowserError, OwnBrowser, opened, own_browsers
from tutelage_agent.host.foreground import Kind, Sign
from tutelage_agent.selftest import page
from tutelage_agent.selftest.phrase import document, phrase
from tutelage_wire.events import Channel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tutelage_agent.host.foreground import Desktop

_log = logging.getLogger(__name__)

FOLDER = "selftest"
FILE_NAME = "monitoring check.txt"
"""Without the phrase: the name is a channel of its own."""
MOST_IDLE_SECONDS = 570.0
"""Desks lock themselves at ten minutes."""
SHOWN_SECONDS = 6.0
FILE, PAGE, WINDOW = "file", "page", "window"


class Probe(Protocol):
    """One kind of self-test."""

    name: str
    sensor: str
    """Which sensor must be running."""
    channel: Channel
    """In which it must be seen."""
    wait: float
    """Seconds after which it is missed."""
    needs_mains: bool

    def begin(self, code: str, turn: int) -> str:
        """Write, open or show it; return why it cannot be now, or "".

        Args:
            code: of this self-test.
            turn: counts up, for who has several to choose from.
        """

    def end(self) -> bool:
        """Take it away; return whether a miss would count."""


class DocumentProbe:
    """A document in a folder of the agent's own, which the files sensor watches."""

    name, sensor, channel = FILE, "files", Channel.FILE
    wait, needs_mains = 120.0, False

    def __init__(self, folder: Path) -> None:
        """Write into ``folder``."""
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, and clear away what an earlier run left."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / FILE_NAME).unlink(missing_ok=True)

    def begin(self, code: str, turn: int) -> str:
        """See ``Probe.begin``. A disk that takes no document is a miss: it proves nothing."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / FILE_NAME).write_text(document(code), encoding="utf-8")
        except OSError as error:
            _log.warning("the self-test's document was not written: %s", error.strerror)
        return ""

    def end(self) -> bool:
        """See ``Probe.end``."""
        with contextlib.suppress(OSError):
            (self.folder / FILE_NAME).unlink(missing_ok=True)
        return True


class PageProbe:
    """A page of this device in an installed browser with a profile of the agent's own.

    It proves that this browser's history is found, copied and read as it writes it now. That
    people's own profiles can be opened, the sensor says itself: it opens each, and names those that
    it cannot.
    """

    name, sensor, channel = PAGE, "browser_history", Channel.TITLE
    wait, needs_mains = 120.0, True

    def __init__(
        self,
        homes: list[Path],
        browsers: Callable[[], Sequence[OwnBrowser]] = own_browsers,
    ) -> None:
        """Put the browser's home into ``homes``, which the sensor looks at, while it runs."""
        self._homes, self._browsers = homes, browsers
        self._open = contextlib.ExitStack()
        self._served: page.Served | None = None

    def begin(self, code: str, turn: int) -> str:
        """See ``Probe.begin``. Of several browsers, each has its turn."""
        found = self._browsers()
        if not found:
            return "no browser is installed that can be tested unseen"
        try:
            self._served = self._open.enter_context(page.served(code))
            chosen = found[turn % len(found)]
            home = self._open.enter_context(opened(chosen, self._served.address))
        except (NoBrowserError, OSError) as error:
            self._open.close()
            return str(error) if isinstance(error, NoBrowserError) else type(error).__name__
        self._homes.append(home)
        return ""

    def end(self) -> bool:
        """See ``Probe.end``."""
        self._homes.clear()
        self._open.close()
        return self._served is not None and self._served.asked.is_set()


class WindowProbe:
    """A small window at a desk where nobody moves; a key or the pointer closes it."""

    name, sensor, channel = WINDOW, "window_title", Channel.WINDOW
    wait, needs_mains = 20.0, True

    def __init__(
        self,
        idle: Callable[[float, float], Sequence[Desktop]],
        is_locked: Callable[[Desktop], bool],
        least_idle: float = 240.0,
    ) -> None:
        """Show a window where nobody moved for ``least_idle`` seconds.

        Args:
            idle: at which desktops nobody moved for so many seconds, and not for longer.
            is_locked: whether a desktop is.
            least_idle: Windows lets a program of the background in front after 200 only.
        """
        self._idle, self._is_locked, self._least_idle = idle, is_locked, least_idle
        self._sign: Sign | None = None

    def begin(self, code: str, turn: int) -> str:
        """See ``Probe.begin``."""
        found = [
            one
            for one in self._idle(self._least_idle, MOST_IDLE_SECONDS)
            if one.kind is not Kind.MACOS
        ]
        desks = [one for one in found if not self._is_locked(one)]
        if not desks:
            return "no desk is idle and unlocked now"
        try:
            self._sign = Sign(desks[turn % len(desks)], phrase(code), SHOWN_SECONDS)
        except OSError as error:
            return f"the window did not start ({type(error).__name__})"
        return ""

    def end(self) -> bool:
        """See ``Probe.end``."""
        sign, self._sign = self._sign, None
        return sign is not None and sign.close()
