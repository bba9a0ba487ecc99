"""A pupil's folder with a sensor on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plain_extractor import PlainExtractor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_wire.times import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tutelage_agent.extract.outcome import Extractor


class Desk:
    """A folder, a place for the cursor, and what is heard of them."""

    def __init__(self, tmp_path: Path, heard: Any) -> None:
        self.state = tmp_path / "state"
        self.state.mkdir()
        self.home = tmp_path / "home"
        self.home.mkdir()
        self.heard = heard
        self.sensor: FilesSensor | None = None

    def start(
        self,
        settings: FolderSettings | None = None,
        *,
        extractor: Extractor | None = None,
        may_scan: Callable[[], str] = lambda: "",
        wait: bool = True,
    ) -> FilesSensor:
        sensor = FilesSensor(
            lambda: (Root(str(self.home), "a.pupil"),),
            self.state / "cursor.db",
            extractor or PlainExtractor(),
            tell=self.heard.tell,
            settings=settings,
            may_scan=may_scan,
        )
        self.sensor = sensor
        sensor.start(self.heard.emit)
        if wait:
            self.heard.until(lambda: sensor.report(utc_now()).last_progress is not None)
        return sensor

    def stop(self) -> None:
        if self.sensor is not None:
            self.sensor.stop()
            self.sensor = None


@pytest.fixture
def desk(tmp_path: Path, heard: Any) -> Iterator[Desk]:
    made = Desk(tmp_path, heard)
    yield made
    made.stop()
