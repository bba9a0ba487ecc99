"""Read one file that is new or changed: what to emit, and when it counts as read."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.extract.outcome import UNINSPECTABLE, Extraction, Outcome
from tutelage_agent.sensors.observation import Signal, SignalKind, observation
from tutelage_agent.sensors.opening import (
    NotAFileError,
    Opened,
    UnreadableError,
    open_document,
    version,
)
from tutelage_wire.events import Channel
from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.extract.outcome import Extractor
    from tutelage_agent.sensors.cursor import Cursor, Seen
    from tutelage_agent.sensors.files.watching import Root
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_wire.times import Clock

TOO_FRESH = timedelta(milliseconds=10)
"""A file system's clock ticks every few milliseconds: a file changed within one tick of being
read may change again without its time changing. Such a version is not trusted to be the last."""


class FileReader:
    """Takes a file from "changed" to "emitted and noted"."""

    def __init__(
        self, cursor: Cursor, extractor: Extractor, emit: Emit, tell: Tell | None, clock: Clock
    ) -> None:
        self._cursor = cursor
        self._extractor = extractor
        self._emit = emit
        self._tell = tell
        self._clock = clock
        self._outcomes: Counter[Outcome] = Counter()
        self.roots: dict[str, Root] = {}
        self.quietly = False
        """Note versions without reading: what was there before the agent."""

    def summary(self) -> str:
        """Return how many files were read, and how the others ended."""
        read = self._outcomes[Outcome.TEXT] + self._outcomes[Outcome.EMPTY]
        others = [f"{self._outcomes[o]} {o}" for o in Outcome if o in UNINSPECTABLE]
        return ", ".join([f"{read} read", *(part for part in others if part[0] != "0")])

    def meet(self, path: str) -> int:
        """Return a folder's id; its name is emitted first if it is new (roots are ours)."""
        folder = self._cursor.find_folder(path)
        if folder is None:
            if not self.quietly and path not in self.roots:
                self._emit_name(path, self._account(path, ""), self._clock())
            folder = self._cursor.folder(path)
        return folder

    def read(self, path: str, *, live: bool) -> bool:
        """Read the file, emit what is new in it, and then note that this version was read.

        Args:
            path: the file.
            live: it changed just now; otherwise its own times say when.

        Returns:
            False if it changed while it was read and should be read again.

        Raises:
            UnreadableError: it cannot be opened or read now.
        """
        try:
            opened = open_document(path)
        except NotAFileError:
            return True
        with opened.stream:
            return self._read(path, opened, live=live)

    def _read(self, path: str, opened: Opened, *, live: bool) -> bool:
        parent, name = os.path.split(path)
        folder = self.meet(parent)
        before = self._cursor.file(folder, name)
        if before is not None and before.same_version(opened.seen):
            return True
        if self.quietly:
            self._cursor.keep(folder, name, opened.seen)
            return True
        account = self._account(path, opened.owner)
        happened = self._clock() if live else self._happened(opened)
        same = self._cursor.elsewhere(opened.seen) if before is None else None
        if before is None and (same is None or same[0] != name):
            self._emit_name(path, account, happened)
        if same is not None:
            self._cursor.keep(folder, name, replace(opened.seen, digest=same[1]))
            return True
        try:
            extraction = self._extractor.extract(opened.stream, name)
        except OSError as error:
            raise UnreadableError(error.strerror or "cannot be read") from error
        self._count(extraction, account, happened)
        digest = before.digest if before is not None else b""
        if extraction.outcome is Outcome.TEXT:
            seen = observation(
                extraction.text,
                Channel.FILE,
                account=account,
                source=path,
                occurred_at=happened,
            )
            if bytes.fromhex(seen.key) != digest:
                self._emit(seen)
            digest = bytes.fromhex(seen.key)
        return self._note(folder, name, opened, digest)

    def _note(self, folder: int, name: str, opened: Opened, digest: bytes) -> bool:
        after: Seen = version(os.fstat(opened.stream.fileno()))
        if not after.same_version(opened.seen):
            return False
        age = self._clock() - (EPOCH + timedelta(microseconds=opened.changed_at_ns // 1000))
        trusted = not timedelta(0) <= age < TOO_FRESH
        kept = opened.seen if trusted else replace(opened.seen, mtime_ns=-1)
        self._cursor.keep(folder, name, replace(kept, digest=digest))
        return trusted

    def _count(self, extraction: Extraction, account: str, happened: datetime) -> None:
        self._outcomes[extraction.outcome] += 1
        if self._tell is not None and extraction.outcome in UNINSPECTABLE:
            detail = f"{extraction.outcome}:{extraction.kind or 'unknown'}"
            self._tell(Signal(SignalKind.FILE_UNINSPECTABLE, detail, happened, account))

    def _emit_name(self, path: str, account: str, happened: datetime) -> None:
        name = os.path.basename(path)  # noqa: PTH119 - paths are str throughout the sensor
        self._emit(
            observation(
                _printable(name),
                Channel.FILE_NAME,
                account=account,
                source=path,
                occurred_at=happened,
            )
        )

    def _happened(self, opened: Opened) -> datetime:
        changed = EPOCH + timedelta(microseconds=opened.changed_at_ns // 1000)
        return min(changed, self._clock())

    def _account(self, path: str, owner: str) -> str:
        if owner:
            return owner
        for top, root in self.roots.items():
            if path.startswith(top):
                return root.account
        return ""


def _printable(name: str) -> str:
    # Bytes that are no UTF-8 arrive as lone surrogates, which nothing downstream may encode.
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
