"""A memory stick, for real: a file system of its own, mounted where desktops mount sticks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plain_extractor import PlainExtractor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings
from tutelage_agent.sensors.observation import SignalKind
from tutelage_agent.sensors.places import removable_roots
from tutelage_agent.sensors.usage.running import drives
from tutelage_wire.times import utc_now

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a drive"),
]


class Stick:
    def __init__(self, folder: Path) -> None:
        self.image = folder / "stick.img"
        self.image.write_bytes(bytes(16 << 20))
        known = Path("/proc/filesystems").read_text(encoding="ascii")
        maker = "mkfs.vfat" if "vfat" in known else "mkfs.ext4"
        subprocess.run([f"/usr/sbin/{maker}", str(self.image)], check=True, capture_output=True)
        self.place = Path("/media") / f"tutelage-{os.getpid()}" / "STICK"
        self.place.mkdir(parents=True)

    def plug_in(self) -> None:
        mounted = subprocess.run(
            ["mount", "-o", "loop", str(self.image), str(self.place)],
            check=False, capture_output=True,
        )  # fmt: skip
        if mounted.returncode:
            pytest.skip("no loop device can be mounted here")

    def take_out(self) -> bool:
        """Take it out; a file that is being read this very moment is worth a second look."""
        for _ in range(20):
            if not subprocess.run(["umount", str(self.place)], capture_output=True).returncode:
                return True
            time.sleep(0.1)
        return False

    def close(self) -> None:
        while self.place.is_mount():
            subprocess.run(["umount", "-l", str(self.place)], check=True)
        shutil.rmtree(self.place.parent)


@pytest.fixture
def stick(tmp_path):
    made = Stick(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sensor(tmp_path, stick, heard):
    made = FilesSensor(
        lambda: [root for root in removable_roots() if root.path == str(stick.place)],
        tmp_path / "files.cursor",
        PlainExtractor(),
        tell=heard.tell,
        settings=FolderSettings(look_for_roots_every=0.2),
    )
    made.start(heard.emit)
    yield made
    made.stop()


def test_a_stick_is_read_when_it_arrives_and_watched_while_it_is_there(sensor, stick, heard):
    stick.plug_in()
    (stick.place / "brought.txt").write_text("brought along")
    heard.until(lambda: heard.texts() == ["brought along"])
    (stick.place / "new.txt").write_text("written here")
    heard.until(lambda: heard.texts() == ["brought along", "written here"])
    assert {one.account for one in heard.observations} == {""}, "nobody's: a stick has no owner"


def test_a_stick_can_be_taken_out_and_comes_back_without_being_read_anew(sensor, stick, heard):
    stick.plug_in()
    (stick.place / "one.txt").write_text("one")
    heard.until(lambda: heard.texts() == ["one"])
    assert stick.take_out()
    stick.plug_in()
    (stick.place / "two.txt").write_text("two")
    heard.until(lambda: heard.texts() == ["one", "two"])
    assert stick.take_out()
    # And the sensor goes on as before with nothing there.
    stick.plug_in()
    (stick.place / "three.txt").write_text("three")
    heard.until(lambda: heard.texts() == ["one", "two", "three"])
    heard.until(lambda: sensor.report(utc_now()).reason.startswith("3 read"))


def test_a_drive_is_told_of_by_kind_and_size_alone(stick):
    stick.plug_in()
    (drive,) = [one for one in drives() if one.mountpoint == str(stick.place)]
    assert drive.filesystem in ("vfat", "ext4")
    assert drive.gigabytes == 1
    assert SignalKind.STORAGE_ARRIVED == "storage_arrived"
