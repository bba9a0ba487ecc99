"""The agent's side: hand documents to a bounded child, and survive whatever becomes of it."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import astuple
from typing import TYPE_CHECKING, BinaryIO

import psutil

from tutelage_agent.extract import frames
from tutelage_agent.extract.costs import Costs
from tutelage_agent.extract.kinds import HEAD, kind_of, unread_kind
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Extraction, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

if sys.platform == "win32":
    from tutelage_agent.extract.windows_job import Job

log = logging.getLogger(__name__)

PLAIN_KINDS = ("text", "html", "xml", "eml")
"""Read from their beginning; too long a one is cut, not refused."""

GUARD_SECONDS = 0.5
"""How often a child at work is looked at; bounds in time are exact to this."""


class BoundedExtractor:
    """An ``Extractor`` whose child starts when needed and ends when idle. Thread-safe."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Make the extractor; no process starts before the first document."""
        self.limits = limits or Limits()
        self.costs = Costs()
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self.started = 0
        """Children started so far."""

    def extract(self, stream: BinaryIO, name: str) -> Extraction:
        """See ``Extractor.extract``.

        Raises:
            OSError: ``stream`` cannot be read, or no process can be started.
        """
        size = _size(stream)
        head = _up_to(stream, HEAD)
        if not head:
            return Extraction(Outcome.EMPTY)
        kind = kind_of(head, name)
        if not kind:
            unread = unread_kind(head)
            return Extraction(Outcome.UNREAD if unread else Outcome.UNSUPPORTED, kind=unread)
        plain = kind in PLAIN_KINDS
        longest = self.limits.plain_bytes if plain else self.limits.document_bytes
        if not plain and size > longest:
            return Extraction(Outcome.TOO_LARGE, kind=kind)
        with self._lock:
            child = self._child if self._child is not None and self._child.usable() else None
            if child is None:
                self.close_child()
                child = self._child = _Child(self.limits, self.costs)
                self.started += 1
            extraction = child.read(_bounded(stream, head, longest), name, kind)
            if child.worn:
                self.close_child()
        if plain and size > longest and extraction.text:
            return Extraction(extraction.outcome, extraction.text, kind, truncated=True)
        return extraction

    @property
    def child_process(self) -> int | None:
        """The process id of the child; None while there is none."""
        child = self._child
        return child.process_id if child is not None and child.usable() else None

    def close_child(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def close(self) -> None:
        """End the child; the next document would start another."""
        with self._lock:
            self.close_child()

    def __enter__(self) -> BoundedExtractor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _size(stream: BinaryIO) -> int:
    here = stream.tell()
    end = stream.seek(0, os.SEEK_END)
    stream.seek(here)
    return end - here


def _up_to(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    while len(data) < length and (more := stream.read(length - len(data))):
        data += more
    return data


def _bounded(stream: BinaryIO, head: bytes, longest: int) -> Iterator[bytes]:
    """Yield a document piece by piece, at most ``longest`` bytes: it may be growing."""
    yield head
    left = longest - len(head)
    while left > 0 and (data := stream.read(min(frames.CHUNK, left))):
        left -= len(data)
        yield data


class _Child:
    """One child process and the thread that looks after it."""

    def __init__(self, limits: Limits, costs: Costs) -> None:
        self._limits, self._costs = limits, costs
        self._process = subprocess.Popen(
            [
                sys.executable, "-I", "-B", "-X", "utf8",
                "-m", "tutelage_agent.extract.child",
                *(str(value) for value in astuple(limits)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={k: v for k, v in os.environ.items() if k.upper() in ("SYSTEMROOT", "WINDIR")},
            bufsize=0,
            close_fds=True,
        )  # fmt: skip
        assert self._process.stdin is not None  # noqa: S101 - PIPE was asked for; narrows
        assert self._process.stdout is not None  # noqa: S101
        self._in = self._process.stdin
        self._out = self._process.stdout
        if sys.platform == "win32":
            try:
                self._job = Job(int(self._process._handle), limits)
            except OSError:
                self._process.kill()
                raise
        self._files = 0
        self._bytes = 0
        self._peak_kib = 0
        self.worn = False
        """It has done enough: replace it, so that memory returns."""
        self._deadline: float | None = None
        self._last_used = time.monotonic()
        self._stopped_for: Outcome | None = None
        self._ended = threading.Event()
        self._guard = threading.Thread(target=self._look_after, name="extract-guard", daemon=True)
        self._guard.start()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def usable(self) -> bool:
        return self._process.poll() is None and not self._ended.is_set()

    def read(self, document: Iterator[bytes], name: str, kind: str) -> Extraction:
        """Return what the child makes of a document, or what became of the child."""
        self._stopped_for = None
        self._deadline = time.monotonic() + self._limits.wall_ms / 1000
        try:
            self._send(document, name)
            longest = self._limits.text_chars * 4
            extraction, self._peak_kib, spent = frames.read_answer(self._out, longest)
            self._costs.add(extraction.kind, spent)
        except (OSError, frames.FrameError) as error:
            if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                # The document could not be read to its end; the child waits in mid-frame.
                self.worn = True
                raise
            return self._post_mortem(kind)
        finally:
            self._deadline = None
            self._last_used = time.monotonic()
        self._files += 1
        limits = self._limits
        self.worn = (
            extraction.outcome is Outcome.BOMB
            or self._files >= limits.files_per_child
            or self._bytes >= limits.bytes_per_child
            or self._peak_kib * 1024 >= limits.resident_per_child
        )
        return extraction

    def _send(self, document: Iterator[bytes], name: str) -> None:
        end = frames.name_end(name)
        waiting = [bytes([len(end)]), end]
        for data in document:
            self._bytes += len(data)
            waiting += [frames.LENGTH.pack(len(data)), data]
            if len(data) > HEAD:
                self._write(b"".join(waiting))
                waiting = []
        waiting.append(frames.LENGTH.pack(0))
        self._write(b"".join(waiting))

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._in.write(view) or 0 :]

    def _post_mortem(self, kind: str) -> Extraction:
        self.worn = True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        if self._process.poll() is None:
            self._process.kill()
        code = self._process.returncode
        cpu_used_up = sys.platform != "win32" and code == -signal.SIGXCPU
        outcome = Outcome.TIMEOUT if cpu_used_up else Outcome.CRASHED
        outcome = self._stopped_for or outcome
        if outcome is Outcome.TIMEOUT:
            self._costs.add(kind, min(self._limits.wall_ms, self._limits.cpu_seconds * 1000))
        log.info("extraction child %d ended over a %s: %s", self._process.pid, kind, outcome)
        return Extraction(outcome, kind=kind)

    def _look_after(self) -> None:
        """End a child that takes too long, grows too large, or has nothing to do."""
        while not self._ended.wait(GUARD_SECONDS):
            deadline, now = self._deadline, time.monotonic()
            if deadline is not None and now > deadline:
                self._stop_for(Outcome.TIMEOUT)
            elif deadline is not None and sys.platform == "darwin":
                with contextlib.suppress(psutil.Error):
                    if psutil.Process(self._process.pid).memory_info().rss > (
                        self._limits.memory_bytes
                    ):
                        self._stop_for(Outcome.BOMB)
            elif deadline is None and now - self._last_used > self._limits.idle_ms / 1000:
                self._ended.set()
                self._process.kill()
                self._process.wait()

    def _stop_for(self, outcome: Outcome) -> None:
        self._stopped_for = outcome
        self._process.kill()

    def close(self) -> None:
        self._ended.set()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if sys.platform == "win32":
            self._job.close()
        self._guard.join()
