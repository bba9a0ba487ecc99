"""Concerns for tests, and commands as a person types them. All people are invented."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from live_collector import detection_event
from tutelage_collector.cli.main import main
from tutelage_collector.concerns import workflow
from tutelage_collector.concerns.workflow import Said
from tutelage_collector.store.records_concerns import About, ConcernId, EntryId, Source
from tutelage_wire import codec, times

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from live_collector import Device
    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records_concerns import Change, Concern
    from tutelage_wire.events import EventId

NOTE = "Robin Invented told their tutor about it on Monday."
NOW = times.from_ms(1_795_000_000_000)
SAID = Said("dsl", NOW)
SEALED = Said("dsl", NOW, '{"sealed": "as if"}', EntryId("f" * 32))


def send(device: Device, **changes: object) -> EventId:
    event = detection_event(device, **changes)
    device.send(device.close_batch([codec.encode_event(event)]))
    return event.id


def opened(about: About = About.PUPIL, grade: int = 3) -> Change:
    return workflow.open_by_hand(
        ConcernId(workflow.new_id()), "ret-high", about, grade, Source.PERSON, SAID
    )


def by_hand(about: About = About.PUPIL, grade: int = 3) -> Concern:
    return opened(about, grade).concern


def run(folder: Path, *words: str) -> int:
    return main(["--state", str(folder), *words])


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def passphrase_fd(credentials: Credentials) -> str:
    reading, writing = os.pipe()
    os.write(writing, credentials.dsl_passphrase.encode())
    os.close(writing)
    return str(reading)
