"""The files sensor: documents that are written, renamed or brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.sensors.files.reading import FileReader
from tutelage_agent.sensors.folders import FolderSensor, FolderSettings, Root
from tutelage_agent.sensors.sensor import InScope, everybody
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tutelage_agent.extract.outcome import Extractor
    from tutelage_agent.sensors.cursor import Cursor
    from tutelage_agent.sensors.observation import Emit, Tell
    from tutelage_wire.times import Clock


class FilesSensor(FolderSensor):
    """Emits text (``Channel.FILE``) and names (``Channel.FILE_NAME``) of documents."""

    name = "files"

    def __init__(
        self,
        roots: Callable[[], Sequence[Root]],
        cursor: Path,
        extractor: Extractor,
        *,
        tell: Tell | None = None,
        settings: FolderSettings | None = None,
        may_scan: Callable[[], str] = lambda: "",
        in_scope: InScope = everybody,
        clock: Clock = utc_now,
    ) -> None:
        """Make the sensor; see ``FolderSensor`` for what is not said here.

        Args:
            roots: the folders to read.
            cursor: file for the cursor.
            extractor: reads documents.
            tell: hears of documents that could not be inspected.
            settings: how often and how much.
            may_scan: why scanning should wait, or "".
            in_scope: whether anything of an account may be opened.
            clock: the present moment.
        """
        super().__init__(
            roots, cursor, settings=settings, may_scan=may_scan, in_scope=in_scope, clock=clock
        )
        self._extractor = extractor
        self._tell = tell

    def reader(self, cursor: Cursor, emit: Emit) -> FileReader:
        """See ``FolderSensor.reader``."""
        return FileReader(cursor, self._extractor, emit, self._tell, self.clock)
