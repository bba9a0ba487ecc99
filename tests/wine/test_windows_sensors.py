"""Sensors in Windows' Python under Wine 10: observer, extraction, titles, downloads.

One run of ``sense.py`` there feeds all the tests. Window titles need a screen: Xvfb's socket is
bound into the chroot where the machine lets us.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import parts
import tutelage_agent
import tutelage_wire
from screens import Screen

sys.path.insert(0, str(Path(__file__).parents[1] / "agent" / "extract"))

import builders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WHEELS = ("watchdog", "pypdfium2", "olefile", "striprtf", "psutil")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def windows(tmp_path_factory) -> Iterator[Mapping[str, Any]]:
    python = parts.need("wine")
    root, app = python.parent, python.parent / "prefix/drive_c/app"
    for wheel in WHEELS:
        if not list((app / "Lib/site-packages").glob(f"{wheel}*")):
            parts.missing(f"no {wheel} in {app}: run .ci/wine as root again")
    leave = shutil.ignore_patterns("__pycache__")
    for package in (tutelage_agent, tutelage_wire):
        source = Path(str(package.__file__)).parent
        shutil.rmtree(app / "src" / source.name, ignore_errors=True)
        shutil.copytree(source, app / "src" / source.name, ignore=leave)
    shutil.copy(Path(__file__).with_name("sense.py"), app / "sense.py")
    work = app / "sense"
    shutil.rmtree(work, ignore_errors=True)
    (work / "documents").mkdir(parents=True)
    for kind, make in builders.KINDS.items():
        (work / "documents" / f"a.{kind}").write_bytes(make("heliotrope and more"))
    (work / "documents" / "z.docx").write_bytes(b"PK\x03\x04 broken")
    screen = Screen(tmp_path_factory.mktemp("screen") / "log", manager=True)
    sockets = root / "tmp/.X11-unix"
    sockets.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", "/tmp/.X11-unix", str(sockets)], check=True)
    command = python.read_text().replace("env -i ", f"env -i DISPLAY={screen.display} ")
    starter = root / "python-on-a-screen"
    starter.write_text(command)
    starter.chmod(0o755)
    try:
        done = subprocess.run(
            [str(starter), "C:\\app\\sense.py", "C:\\app\\sense"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=280,
            check=False,
        )
    finally:
        subprocess.run([str(python.with_name("stop"))], check=False, timeout=60)
        subprocess.run(["umount", str(sockets)], check=False)
        starter.unlink()
        screen.close()
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
    yield json.loads(done.stdout.decode().strip().splitlines()[-1])
    shutil.rmtree(work, ignore_errors=True)


@pytest.mark.parametrize("kind", sorted(builders.KINDS))
def test_each_kind_of_document_is_read_there(windows, kind):
    assert windows["documents"][f"a.{kind}"] == ["text", True]


def test_a_broken_document_is_a_stated_outcome_there(windows):
    assert windows["documents"]["z.docx"] == ["malformed", False]


def test_a_busy_folder_does_not_withhold_events_there(windows):
    # watchdog's default would deliver the first event only when the writing ends.
    assert windows["busy"]["in time"], windows["busy"]
    assert windows["busy"]["renamed"]


def test_a_program_in_the_download_folder_is_told_there(windows):
    assert windows["downloads"] == ["program: exe; from: no mark"]


def test_the_title_of_the_window_in_front_is_seen_there_and_when_it_changes(windows):
    told = [title for _, title in windows["titles"]["told"]]
    assert "essay about volcanoes" in told, windows["titles"]
    assert "chat with a stranger" in told
    assert {program.lower() for program, title in windows["titles"]["told"] if title} <= {
        "python.exe", "explorer.exe",
    }  # fmt: skip


def test_what_wine_does_not_know_is_no_strain(windows):
    assert windows["strain"] == [False, ""]
    assert os.name == "posix"


def test_a_path_longer_than_windows_takes_and_a_locked_file_are_read_there(windows):
    strange = windows["strange"]
    assert strange["length"] > 300
    assert strange["deep"], strange
    assert not strange["while locked"]
    assert strange["unlocked"]


def test_neither_a_junction_nor_a_placeholder_of_the_cloud_is_entered_there(windows):
    strange = windows["strange"]
    expected = {"deep words", "locked words"}
    if not strange["placeholder"]:  # Wine keeps no such attribute
        expected.add("words in the cloud")
    assert set(strange["texts"]) == expected, strange
    assert len(strange["texts"]) == len(expected), "each once"
    assert not strange["junction"] or "other_file_system" in strange["blind"], strange


def test_homes_and_moved_folders_are_where_the_registry_says_there(windows):
    homes = windows["homes"]
    assert homes["home"]
    assert homes["redirected"]
    assert homes["signed in"]
    assert all(homes["signed in"])
    assert homes["nobody"] == 0
