"""The self-test that the agent does by itself: a document in a folder of its own, seen or missed.

It proves watching, settling, extraction, the pack, the spool and the way to the collector. That a
person's own folders and browsers can be read is what ``tutelage-agent selftest`` proves, run by
somebody at the device.
"""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_agent.detection import canary
from tutelage_agent.selftest.phrase import document, new_code
from tutelage_wire.events import Channel

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_agent.config import SelfTestSettings

_log = logging.getLogger(__name__)

FOLDER = "selftest"
FILE_NAME = "monitoring check.txt"
"""Without the phrase: the name is a channel of its own."""
WAIT = 120.0
"""Seconds after which a self-test that was not seen is missed: twice the slowest settling."""


class State(StrEnum):
    """Where a self-test stands."""

    IDLE = "idle"
    WAITING = "waiting"
    SEEN = "seen"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class _Running:
    code: str
    until: float


class ScheduledTest:
    """Driven by the runner: ``turn`` is called every few seconds with the agent's uptime."""

    def __init__(self, state_folder: Path, settings: SelfTestSettings) -> None:
        """Test as ``settings`` say; documents are written below ``state_folder``."""
        self._state_folder, self._settings = state_folder, settings
        self._next = settings.first_after
        self._running: _Running | None = None
        self.missed = False
        """Whether the latest one was missed: a blind spot until one is seen again."""

    @property
    def folder(self) -> Path:
        """The folder in which the documents are written; the files sensor watches it."""
        return self._state_folder / FOLDER

    def prepare(self) -> None:
        """Make the folder, and clear away what an earlier run left."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / FILE_NAME).unlink(missing_ok=True)

    def turn(self, uptime: float, *, files_run: bool) -> State:
        """Begin a test that is due, or look whether the running one was seen.

        Args:
            uptime: seconds since the agent started.
            files_run: whether the files sensor is meant to run now; otherwise there is nothing
                to prove.
        """
        if self._running is not None:
            return self._look(self._running, uptime)
        if not self._settings.enabled or not files_run or uptime < self._next:
            return State.IDLE
        self._next = uptime + self._settings.every
        self._running = _Running(new_code(), uptime + WAIT)
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / FILE_NAME).write_text(document(self._running.code), encoding="utf-8")
        except OSError as error:  # looked at again as a miss: this disk cannot prove anything
            _log.warning("the self-test's document was not written: %s", error.strerror)
        return State.WAITING

    def _look(self, running: _Running, uptime: float) -> State:
        seen = any(
            one.code == running.code and one.channel == Channel.FILE
            for one in canary.read_seen(self._state_folder)
        )
        if not seen and uptime < running.until:
            return State.WAITING
        self._running = None
        self.missed = not seen
        with contextlib.suppress(OSError):
            (self.folder / FILE_NAME).unlink(missing_ok=True)
        return State.SEEN if seen else State.MISSED
