"""The downloads sensor: what arrives to be run, told by hash and type, never by name.

No text is read here and none is matched: that is the files sensor's. So it may run where content is
not monitored at all.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from tutelage_agent.sensors.downloads import kinds
from tutelage_agent.sensors.downloads.hashing import fingerprint
from tutelage_agent.sensors.downloads.origin import Origin, came_from
from tutelage_agent.sensors.folders import FolderReader, FolderSensor, FolderSettings, Fresh, Root
from tutelage_agent.sensors.lists import CIRCUMVENTION
from tutelage_agent.sensors.observation import Signal, SignalKind
from tutelage_agent.sensors.opening import Opened, UnreadableError
from tutelage_agent.sensors.sensor import InScope, everybody
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from tutelage_agent.extract.outcome import Extractor
    from tutelage_agent.sensors.cursor import Cursor, Seen
    from tutelage_agent.sensors.lists import Lists, Program
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_wire.times import Clock

HEAD = 512


class DownloadReader(FolderReader):
    """Looks at the head of each new file; at all of it only where that says program."""

    def __init__(
        self,
        cursor: Cursor,
        clock: Clock,
        extractor: Extractor,
        lists: Callable[[], Lists],
        tell: Tell,
    ) -> None:
        super().__init__(cursor, clock)
        self._extractor, self._lists, self._tell = extractor, lists, tell
        self._met: Counter[kinds.Kind] = Counter()

    def summary(self) -> str:
        """See ``FolderReader.summary``."""
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self._met.items()))

    def look(self, path: str, opened: Opened, before: Seen | None, happened: datetime) -> Fresh:
        """See ``FolderReader.look``."""
        if before is None and (same := self.cursor.elsewhere(opened.seen)) is not None:
            return Fresh(same[1], moved=True)
        name = os.path.basename(path)  # noqa: PTH119 - paths are str throughout the sensor
        try:
            found = self._kind(opened, name)
            if found is None:
                return Fresh()
            opened.stream.seek(0)
            print_ = fingerprint(opened.stream, opened.seen.size)
        except OSError as error:
            raise UnreadableError(error.strerror or "cannot be read") from error
        digest = bytes.fromhex(print_.sha256)[:16]
        if before is None or before.digest != digest or not digest:
            plain = kinds.plain_name(name)
            program = self._lists().downloaded(plain, print_.sha256, print_.product)
            self._tell_of(path, opened, found, program, print_.sha256, happened)
        return Fresh(digest)

    def _kind(self, opened: Opened, name: str) -> tuple[kinds.Kind, str] | None:
        head = opened.stream.read(HEAD)
        found = kinds.by_itself(head, name)
        if found is None and head.startswith(kinds.LOOK_INSIDE):
            opened.stream.seek(0)
            inside = self._extractor.extract(opened.stream, name)
            found = kinds.by_what_is_inside(inside.traits, inside.kind)
        return found

    def _tell_of(
        self,
        path: str,
        opened: Opened,
        found: tuple[kinds.Kind, str],
        program: Program | None,
        sha256: str,
        happened: datetime,
    ) -> None:
        kind, shown = found
        self._met[kind] += 1
        came = came_from(path)
        said = [f"{kind}: {shown}", f"from: {came.origin}"]
        categories = {self._lists().category(one) for one in came.addresses} - {""}
        if came.origin is Origin.INTERNET and categories:
            said.append(f"site: {', '.join(sorted(categories))}")
        hidden = kinds.disguise(os.path.basename(path))  # noqa: PTH119 - paths are str throughout
        if hidden is not None and kind not in (kinds.Kind.MACROS, kinds.Kind.PROGRAM_INSIDE):
            said.append(f"disguised: {hidden}")
        signal = SignalKind.DANGEROUS_DOWNLOAD
        if kind is kinds.Kind.VPN_PROFILE:
            signal = SignalKind.CIRCUMVENTION_TOOL
        if program is not None:
            said.insert(0, f"{program.category}: {program.id}")
            if program.category in CIRCUMVENTION:
                signal = SignalKind.CIRCUMVENTION_TOOL
        self._tell(
            Signal(
                signal,
                "; ".join(said),
                happened,
                account=self.account(path, opened.owner),
                sha256=sha256,
                about=f"{path}|{opened.seen.mtime_ns}|{opened.seen.size}",
            )
        )


class DownloadsSensor(FolderSensor):
    """Tells of programs, scripts and macro documents, by hash and type."""

    name = "downloads"

    def __init__(
        self,
        roots: Callable[[], Sequence[Root]],
        cursor: Path,
        extractor: Extractor,
        lists: Callable[[], Lists],
        tell: Tell,
        *,
        settings: FolderSettings | None = None,
        may_scan: Callable[[], str] = lambda: "",
        in_scope: InScope = everybody,
        clock: Clock = utc_now,
    ) -> None:
        """Make the sensor; see ``FolderSensor`` for what is not said here.

        Args:
            roots: the download folders.
            cursor: file for the cursor.
            extractor: looks into packages; its text is not used.
            lists: the lists of sites and programs, as they are now.
            tell: hears what arrived.
            settings: how often and how much.
            may_scan: why scanning should wait, or "".
            in_scope: whether anything of an account may be opened.
            clock: the present moment.
        """
        # What lay there before the agent is nobody's act of today.
        chosen = settings or FolderSettings(read_existing=False)
        super().__init__(
            roots, cursor, settings=chosen, may_scan=may_scan, in_scope=in_scope, clock=clock
        )
        self._extractor, self._lists, self._tell = extractor, lists, tell

    def reader(self, cursor: Cursor, emit: Emit) -> DownloadReader:
        """See ``FolderSensor.reader``; nothing is ever emitted for matching."""
        return DownloadReader(cursor, self.clock, self._extractor, self._lists, self._tell)
