"""Read one document that is new or changed: what to emit of it."""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_agent.extract.outcome import UNINSPECTABLE, Extraction, Outcome
from tutelage_agent.sensors.blind import Blind
from tutelage_agent.sensors.folders import FolderReader, Fresh
from tutelage_agent.sensors.observation import Signal, SignalKind, observation
from tutelage_agent.sensors.opening import Opened, UnreadableError, owner_of, reached
from tutelage_wire.events import Channel
from tutelage_wire.times import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.extract.outcome import Extractor
    from tutelage_agent.sensors.cursor import Cursor, Seen
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_wire.times import Clock


class FileReader(FolderReader):
    """Emits the text and the name of what is new."""

    def __init__(
        self, cursor: Cursor, extractor: Extractor, emit: Emit, tell: Tell | None, clock: Clock
    ) -> None:
        super().__init__(cursor, clock)
        self._extractor = extractor
        self._emit = emit
        self._tell = tell
        self._outcomes: Counter[Outcome] = Counter()

    def summary(self) -> str:
        """See ``FolderReader.summary``."""
        read = self._outcomes[Outcome.TEXT] + self._outcomes[Outcome.EMPTY]
        others = [f"{self._outcomes[o]} {o}" for o in Outcome if o in UNINSPECTABLE]
        return ", ".join([f"{read} read", *(part for part in others if part[0] != "0")])

    def blind_spots(self) -> frozenset[Blind]:
        """See ``FolderReader.blind_spots``."""
        unread = any(self._outcomes[outcome] for outcome in UNINSPECTABLE)
        return frozenset({Blind.UNREAD_DOCUMENTS} if unread else ())

    def new_folder(self, path: str) -> None:
        """Emit a folder's name: it is text too."""
        try:
            found = os.stat(reached(path))  # noqa: PTH116 - paths are str throughout the sensor
        except OSError:
            return  # gone again: it is met when it is there
        account = self.account(path, owner_of(path, found))
        if self.in_scope(account):
            happened = min(EPOCH + timedelta(seconds=found.st_mtime), self.clock())
            self._emit_name(path, account, happened)

    def look(self, path: str, opened: Opened, before: Seen | None, happened: datetime) -> Fresh:
        """See ``FolderReader.look``."""
        name = os.path.basename(path)  # noqa: PTH119 - paths are str throughout the sensor
        account = self.account(path, opened.owner)
        same = self.cursor.elsewhere(opened.seen) if before is None else None
        if before is None and (same is None or same[0] != name):
            self._emit_name(path, account, happened)
        if same is not None:
            return Fresh(same[1], moved=True)
        try:
            extraction = self._extractor.extract(opened.stream, name)
        except OSError as error:
            raise UnreadableError(error.strerror or "cannot be read") from error
        happened = self.happened_when_read(opened)
        about = f"{path}|{opened.seen.mtime_ns}|{opened.seen.size}"
        self._count(extraction, about, account, happened)
        digest = before.digest if before is not None else b""
        # A package with one broken part ends as MALFORMED; the text of the others counts.
        if extraction.text.strip():
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
        return Fresh(digest)

    def _count(self, found: Extraction, about: str, account: str, happened: datetime) -> None:
        self._outcomes[found.outcome] += 1
        if self._tell is not None and found.outcome in UNINSPECTABLE:
            detail = f"{found.outcome}:{found.kind or 'unknown'}"
            self._tell(
                Signal(SignalKind.FILE_UNINSPECTABLE, detail, happened, account, about=about)
            )

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


def _printable(name: str) -> str:
    # Bytes that are no UTF-8 arrive as lone surrogates, which nothing downstream may encode.
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
