"""Keeps one child at each desktop, and hands what they say to whoever asked for it."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host.foreground.child_process import ChildProcess
from tutelage_agent.host.foreground.desktop import Desktop, Kind
from tutelage_agent.host.foreground.desktops import desktops
from tutelage_agent.host.foreground.lines import Foreground

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

LOOK_FOR_DESKTOPS_EVERY = 15.0
"""Seconds within which somebody who signs in is noticed."""
FRESH_SECONDS = 40.0
"""A child says at least every half minute how long nobody moved."""
AGAIN_AFTER = 60.0
"""Seconds after which a desktop that refused is asked again."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """At how many desktops the window in front is seen now, and why it is not at others."""

    seen: int = 0
    wayland: int = 0
    refused: int = 0
    unsupported: bool = False


class Feed:
    """Thread-safe. Runs while somebody is subscribed; asks for titles while somebody wants them.

    A sensor that is out of scope does not subscribe, and so no child is started for it.
    """

    def __init__(self, find: Callable[[], Sequence[Desktop]] = desktops) -> None:
        """Look for desktops with ``find``."""
        self._find = find
        self._listeners: dict[str, tuple[Callable[[Desktop, Foreground], None], bool]] = {}
        self._children: dict[Desktop, ChildProcess] = {}
        self._refused_at: dict[Desktop, float] = {}
        self._idle: dict[Desktop, tuple[int, float]] = {}
        self._lock = threading.RLock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._coverage = Coverage()

    @property
    def coverage(self) -> Coverage:
        """What is seen now."""
        return self._coverage

    def idle_desktops(self, least: float, most: float) -> list[Desktop]:
        """Return the desktops at which nobody had moved a key or the pointer for so many seconds.

        That was said up to half a minute ago: whatever is shown there must end at the first key.
        """
        now = ChildProcess.clock()
        return [
            desktop
            for desktop, (idle, said_at) in list(self._idle.items())
            if desktop in self._children
            and least <= idle <= most
            and now - said_at <= FRESH_SECONDS
        ]

    def subscribe(
        self, name: str, told: Callable[[Desktop, Foreground], None], *, titles: bool
    ) -> None:
        """Let ``told`` hear, from the feed's threads, what is in front."""
        with self._lock:
            self._listeners[name] = (told, titles)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="foreground", daemon=True)
                self._thread.start()
        self._wake.set()

    def unsubscribe(self, name: str) -> None:
        """Tell ``name`` nothing more; without listeners every child ends."""
        with self._lock:
            self._listeners.pop(name, None)
            thread = None if self._listeners else self._thread
            if thread is not None:
                self._thread = None
        self._wake.set()
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        me = threading.current_thread()
        try:
            while self._thread is me:
                try:
                    self._follow(self._find())
                except OSError as error:
                    log.warning("desktops cannot be listed: %s", type(error).__name__)
                self._wake.wait(LOOK_FOR_DESKTOPS_EVERY)
                self._wake.clear()
        finally:
            for child in self._children.values():
                child.close()
            self._children.clear()
            self._coverage = Coverage()

    def _follow(self, found: Sequence[Desktop]) -> None:
        titles = any(wanted for _, wanted in self._listeners.values())
        askable = [one for one in found if one.kind is not Kind.WAYLAND]
        for desktop, child in list(self._children.items()):
            if desktop not in askable or not child.alive or child.titles != titles:
                if child.ended_by_itself:
                    self._refused_at[desktop] = child.clock()
                child.close()
                del self._children[desktop]
        self._idle = {one: said for one, said in self._idle.items() if one in self._children}
        self._refused_at = {one: at for one, at in self._refused_at.items() if one in askable}
        for desktop in askable:
            if desktop in self._children:
                continue
            at = self._refused_at.get(desktop)
            if at is not None and ChildProcess.clock() - at < AGAIN_AFTER:
                continue
            with suppress(OSError):
                self._children[desktop] = ChildProcess(desktop, self._tell, titles=titles)
        alive = sum(child.alive for child in self._children.values())
        self._coverage = Coverage(
            alive,
            len(found) - len(askable),
            len(askable) - alive,
            unsupported=sys.platform not in ("linux", "win32", "darwin"),
        )

    def _tell(self, desktop: Desktop, seen: Foreground | None) -> None:
        if seen is None:
            self._wake.set()  # the child ended: look again
            return
        self._idle[desktop] = (seen.idle, ChildProcess.clock())
        for told, titles in list(self._listeners.values()):
            told(desktop, seen if titles else _untitled(seen))


def _untitled(seen: Foreground) -> Foreground:
    return Foreground(seen.program, "", seen.idle, seen.private)
