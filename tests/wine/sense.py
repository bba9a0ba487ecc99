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


def strange_folder(extractor) -> dict[str, object]:
    """A path beyond 260 characters, a junction into itself, a placeholder and a locked file."""
    import _winapi
    import ctypes

    kernel32 = ctypes.windll.kernel32
    folder, heard = WORK / "strange", Heard()
    deep = folder.joinpath(*["a folder with a long name"] * 12)
    Path("\\\\?\\" + str(deep)).mkdir(parents=True)
    Path("\\\\?\\" + str(deep / "deep.txt")).write_text("deep words")
    told: dict[str, object] = {"length": len(str(deep))}
    try:
        _winapi.CreateJunction(str(folder), str(folder / "round"))
        told["junction"] = True
    except OSError:
        told["junction"] = False
    cloud = folder / "cloud.txt"
    cloud.write_text("words in the cloud")
    kernel32.SetFileAttributesW(str(cloud), 0x1000)
    told["placeholder"] = bool(kernel32.GetFileAttributesW(str(cloud)) & 0x1000)
    locked = folder / "locked.txt"
    locked.write_text("locked words")
    kernel32.CreateFileW.restype = ctypes.c_void_p
    handle = kernel32.CreateFileW(str(locked), 0x80000000, 0, None, 3, 0, None)
    sensor = FilesSensor(
        lambda: [Root(str(folder))], WORK / "strange.cursor", extractor,
        settings=FolderSettings(scan_every=1.0),
    )  # fmt: skip
    sensor.start(heard.emit)
    told["deep"] = heard.until(lambda: "deep words" in heard.when, 20)
    time.sleep(1)
    told["while locked"] = "locked words" in heard.when
    kernel32.CloseHandle(ctypes.c_void_p(handle))
    told["unlocked"] = heard.until(lambda: "locked words" in heard.when, 20)
    sensor.stop()
    told["texts"] = sorted(one.text for one in heard.observations if one.channel is Channel.FILE)
    told["blind"] = sorted(sensor.blind_spots())
    return told


def homes() -> dict[str, object]:
    """Whose folders are where, as the registry says."""
    import winreg

    import win32api
    import win32security

    from tutelage_agent.host import windows_homes
    from tutelage_agent.host.homes import signed_in

    token = win32security.OpenProcessToken(win32api.GetCurrentProcess(), win32security.TOKEN_QUERY)
    sid = win32security.ConvertSidToStringSid(
        win32security.GetTokenInformation(token, win32security.TokenUser)[0]
    )
    profiles = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList"
    with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, rf"{profiles}\{sid}") as key:
        winreg.SetValueEx(key, "ProfileImagePath", 0, winreg.REG_EXPAND_SZ, str(Path.home()))
    moved, shell = WORK / "moved", windows_homes._FOLDERS
    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, shell) as key:
        before = winreg.QueryValueEx(key, "Personal") if _has(key, "Personal") else None
        winreg.SetValueEx(key, "Personal", 0, winreg.REG_EXPAND_SZ, str(moved))
        winreg.SetValueEx(key, "Desktop", 0, winreg.REG_EXPAND_SZ, "%USERPROFILE%\\Desktop")
        told = {
            "home": windows_homes.home(sid) == str(Path.home()),
            "redirected": list(windows_homes.redirected(sid, str(Path.home()))) == [str(moved)],
            "signed in": [one.home.is_dir() for one in signed_in()],
            "nobody": len(signed_in(lambda account: False)),
        }
        if before is not None:
            winreg.SetValueEx(key, "Personal", 0, before[1], before[0])
    return told


def _has(key, name) -> bool:
    import winreg

    try:
        winreg.QueryValueEx(key, name)
    except OSError:
        return False
    return True


def main() -> None:
    frugal.give_way()
    with BoundedExtractor() as extractor:
        told = {
            "documents": documents(extractor),
            "busy": busy_folder(extractor),
            "downloads": downloads(extractor),
            "strange": strange_folder(extractor),
            "homes": homes(),
        }
    told["titles"] = titles()
    told["strain"] = [frugal.Machine()().on_battery, frugal.Patience()()]
    told["processes"] = [len(part) for part in Processes().look(ListsFolder().current())]
    sys.stdout.write("\n" + json.dumps(told))


main()
