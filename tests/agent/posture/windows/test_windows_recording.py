"""Recording a Windows machine or a Mac: nothing is lost that a check asked, and nobody is named."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

import recorded_host
from tutelage_agent.host import Row, System
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.host.recording import RecordingHost, write
from tutelage_agent.host.scrub import scrubber_for

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_agent.host import Question
    from tutelage_agent.host.reading import Reading

MACHINES = [
    folder for folder in recorded_host.machines() if folder.name.startswith(("windows", "macos"))
]


def again(host: RecordedHost, folder: Path) -> RecordedHost:
    """Record what the checks ask of ``host``, and return that recording."""
    recording = RecordingHost(host)
    recording.machine = host.machine  # type: ignore[attr-defined]
    recorded_host.judge(recording)  # type: ignore[arg-type]
    write(recording, folder, title="again", scrubber=scrubber_for(host))
    return RecordedHost(folder)


@pytest.mark.parametrize("folder", MACHINES, ids=lambda folder: folder.name)
def test_a_recording_of_a_recording_is_judged_the_same(folder, tmp_path):
    host = RecordedHost(folder)
    copy = again(host, tmp_path / "copy")
    # The device's class is the school's to say, and no part of a recording.
    copy.machine = host.machine
    assert recorded_host.said(recorded_host.judge(copy)) == dict(host.expect)


class Named(RecordedHost):
    """A machine on which a person's names stand where Windows keeps them."""

    def answer(self, question: Question) -> Reading[object]:
        reading = super().answer(question)
        if not reading.seen:
            return reading
        return reading.map(self._named)

    def _named(self, found: object) -> object:
        match found:
            case "person" | "person1":
                return "jo.bloggs"
            case str():
                return found.replace("\\person", "\\jo.bloggs").replace("44", "990011")
            case tuple():
                return tuple(self._named(entry) for entry in found)
            case Row():
                return Row({k: self._named(v) for k, v in found.fields.items()})  # type: ignore[misc]
            case _:
                return found


@pytest.mark.parametrize("name", ["windows-11-home-24h2-waiting-for-activation",
                                  "windows-11-pro-domain-joined"])  # fmt: skip
def test_a_recording_of_windows_names_nobody(name, tmp_path):
    host = Named(recorded_host.HOSTS / name)
    assert host.system is System.WINDOWS
    again(host, tmp_path / "copy")
    text = "".join(p.read_text("utf-8") for p in (tmp_path / "copy").rglob("*") if p.is_file())
    assert "bloggs" not in text
    tomllib.loads((tmp_path / "copy" / "host.toml").read_text("utf-8"))


def test_an_entra_sid_does_not_leave_the_device_whole(tmp_path):
    host = RecordedHost(recorded_host.HOSTS / "windows-11-education-entra-managed")
    again(host, tmp_path / "copy")
    assert "S-1-12-1-11-22-33" not in (tmp_path / "copy" / "host.toml").read_text("utf-8")
