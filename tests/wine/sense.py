"""Runs inside Windows' Python: sensors on a real (Wine's) Windows; tells in JSON what they saw."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.host import frugal
from tutelage_agent.host.foreground import Feed, desktops
from tutelage_agent.sensors.downloads import DownloadsSensor
from tutelage_agent.sensors.files import FilesSensor, FolderSettings, Root
from tutelage_agent.sensors.lists import ListsFolder
from tutelage_agent.sensors.usage.running import Processes
from tutelage_wire.events import Channel
from tutelage_wire.times import utc_now

WORK = Path(sys.argv[1])


class Heard:
    def __init__(self) -> None:
        self.observations, self.signals, self.when = [], [], {}

    def emit(self, one) -> None:
        self.observations.append(one)
        if one.channel is Channel.FILE:
            self.when[one.text] = time.monotonic()

    def until(self, condition, seconds=40.0) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def ready(sensor, heard) -> None:
    heard.until(lambda: sensor.report(utc_now()).last_progress is not None)


def busy_folder(extractor) -> dict[str, object]:
    """Write without a pause, with one essay in the middle: it must be heard meanwhile."""
    folder, heard = WORK / "busy", Heard()
    folder.mkdir(parents=True)
    sensor = FilesSensor(lambda: [Root(str(folder))], WORK / "busy.cursor", extractor)
    sensor.start(heard.emit)
    ready(sensor, heard)
    stop = threading.Event()

    def chatter() -> None:
        number = 0
        while not stop.wait(0.1):
            (folder / f"log{number % 5}.txt").write_text(f"line {number}")
            number += 1

    thread = threading.Thread(target=chatter)
    thread.start()
    time.sleep(1)
    (folder / "essay.txt").write_text("heard in time")
    closed = time.monotonic()
    in_time = heard.until(lambda: "heard in time" in heard.when, 20)
    still = thread.is_alive()
    stop.set()
    thread.join()
    (folder / "essay.txt").rename(folder / "renamed.txt")
    renamed = heard.until(
        lambda: any(
            one.text == "renamed.txt"
            for one in heard.observations
            if one.channel is Channel.FILE_NAME
        )
    )
    sensor.stop()
    return {
        "in time": in_time and still,
        "seconds": heard.when.get("heard in time", 0) - closed,
        "renamed": renamed,
    }


def documents(extractor) -> dict[str, object]:
    found = {}
    for path in sorted((WORK / "documents").iterdir()):
        with path.open("rb", buffering=0) as stream:
            one = extractor.extract(stream, path.name)
        found[path.name] = [one.outcome.value, "heliotrope" in one.text]
    return found


def downloads(extractor) -> list[str]:
    folder, heard = WORK / "Downloads", Heard()
    folder.mkdir(parents=True)
    sensor = DownloadsSensor(
        lambda: [Root(str(folder))], WORK / "downloads.cursor", extractor,
        ListsFolder().current, heard.signals.append,
        settings=FolderSettings(read_existing=False),
    )  # fmt: skip
    sensor.start(heard.emit)
    ready(sensor, heard)
    (folder / "x.crdownload").write_bytes(b"MZ" + bytes(300))
    (folder / "x.crdownload").rename(folder / "setup.exe")
    heard.until(lambda: heard.signals)
    sensor.stop()
    return [one.detail for one in heard.signals]


def titles() -> dict[str, object]:
    """Open a window of our own and look whether the child sees its title."""
    import ctypes

    told: list[list[object]] = []
    feed = Feed()
    user32 = ctypes.windll.user32
    user32.CreateWindowExW.restype = ctypes.c_void_p
    feed.subscribe(
        "titles", lambda desktop, seen: told.append([seen.program, seen.title]), titles=True
    )
    window = user32.CreateWindowExW(
        0, "STATIC", "essay about volcanoes", 0x10CF0000, 50, 50, 300, 200, None, None, None, None
    )
    user32.SetForegroundWindow(ctypes.c_void_p(window))
    message = ctypes.create_string_buffer(64)
    deadline = time.monotonic() + 15
    changed = False
    while time.monotonic() < deadline:
        while user32.PeekMessageW(message, None, 0, 0, 1):
            user32.TranslateMessage(message)
            user32.DispatchMessageW(message)
        seen = [title for _, title in told]
        if "essay about volcanoes" in seen and not changed:
            user32.SetWindowTextW(ctypes.c_void_p(window), "chat with a stranger")
            changed = True
        if "chat with a stranger" in seen:
            break
        time.sleep(0.05)
    coverage = feed.coverage
    feed.unsubscribe("titles")
    return {
        "desktops": len(desktops()),
        "told": told,
        "seen": coverage.seen,
        "window": bool(window),
    }


def main() -> None:
    frugal.give_way()
    with BoundedExtractor() as extractor:
        told = {
            "documents": documents(extractor),
            "busy": busy_folder(extractor),
            "downloads": downloads(extractor),
        }
    told["titles"] = titles()
    told["strain"] = [frugal.Machine()().on_battery, frugal.Patience()()]
    told["processes"] = [len(part) for part in Processes().look(ListsFolder().current())]
    sys.stdout.write("\n" + json.dumps(told))


main()
