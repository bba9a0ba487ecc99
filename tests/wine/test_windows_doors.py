"""The real doors of Windows, in python.org's Python for Windows under Wine 10.

One run of ``look.py`` there (some 30 seconds) feeds all the tests. What Wine lacks must never
pass; what it has is set to good and to bad.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import parts
import tutelage_agent
import tutelage_wire
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import DeviceClass, Profile, load_reference, run_checks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LACKING = (
    "boot.secure",
    "disk.data",
    "disk.system",
    "firewall.enabled",
    "lock.observed",
    "lock.wake",
    "malware.current",
    "malware.protection",
    "os.fixes",
    "password.lockout",
    "password.policy",
    "password.present",
    "sharing.generic",
)
"""What no part of Wine can answer."""


@pytest.fixture(scope="module")
def windows() -> Iterator[Mapping[str, Any]]:
    """Give what ``look.py`` told, and as ``recording`` the folder that it wrote."""
    python = parts.need("wine")
    app = python.parent / "prefix/drive_c/app"
    for package in (tutelage_agent, tutelage_wire):
        source = Path(str(package.__file__)).parent
        target = app / "src" / source.name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(__file__).with_name("look.py"), app / "look.py")
    recording = app / "recording"
    shutil.rmtree(recording, ignore_errors=True)
    done = subprocess.run(
        [str(python), "C:\\app\\look.py", "C:\\app\\recording"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    told = json.loads(done.stdout.decode().strip().splitlines()[-1])
    yield {**told, "recording": recording}
    subprocess.run([str(python.with_name("stop"))], check=False, timeout=60)


@pytest.mark.parametrize(
    ("door", "outcome", "part_of_it"),
    [
        ("edition", "value", "Professional"),
        ("no value", "absent", ""),
        ("no key", "absent", ""),
        ("hives", "value", ".Default"),
        ("not a root", "error", ""),
        ("kernel", "value", "FileStat"),
        ("no file", "absent", ""),
        ("sessions", "value", "desktop='windows'"),
        ("volumes", "value", "'kind': 'fixed'"),
        ("service", "value", "'state': 4"),
        ("no service", "absent", ""),
        ("processes", "value", "python.exe"),
        ("version", "value", "10."),
        ("wmi", "value", "Microsoft Windows"),
        ("no namespace", "unsupported", ""),
        ("no call", "unsupported", ""),
        ("too slow", "timeout", ""),
    ],
)
def test_each_door_answers_or_says_why_not(windows, door, outcome, part_of_it):
    found = windows["doors"][door]
    assert found[0] == outcome, found
    assert part_of_it in found[1]


def test_a_session_belongs_to_a_person_by_sid(windows):
    assert [sid.startswith("S-1-5-21-") for sid in windows["doors"]["accounts"]] == [True]


def test_the_session_structure_has_its_size_on_64_bit_windows(windows):
    # WTSINFOEXW: 8 bytes of level, then 224 of WTSINFOEX_LEVEL1_W without its counters.
    assert windows["doors"]["session bytes"] == 208


@pytest.mark.parametrize("check", LACKING)
def test_what_wine_lacks_never_passes(windows, check):
    assert windows["checks"][check].split()[0] in {"unknown", "error"}


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ("limit 300", {"lock.idle": "pass compliant"}),
        ("screen saver", {"lock.idle": "pass compliant"}),
        ("automatic sign-in", {"password.auto_sign_in": "fail signs_in_by_itself"}),
        ("no automatic sign-in", {"password.auto_sign_in": "pass compliant"}),
        ("updates off", {"os.automatic": "fail off", "os.paused": "fail paused"}),
        ("updates on", {"os.automatic": "pass compliant", "os.paused": "pass compliant"}),
        ("firewall off", {"firewall.enabled": "fail off"}),
    ],
)
def test_a_value_set_to_good_and_to_bad_is_seen(windows, setting, verdict):
    assert windows["set"][setting] == verdict


@pytest.mark.parametrize(
    "setting", ["limit 0", "limit as text", "open screen saver", "firewall without its service"]
)
def test_a_value_that_does_nothing_does_not_pass(windows, setting):
    assert all(not verdict.startswith("pass") for verdict in windows["set"][setting].values())


def test_what_was_recorded_there_is_judged_the_same_here(windows):
    host = RecordedHost(windows["recording"])
    judged = run_checks(
        host,
        profiles=(Profile.DFE, Profile.SCHOOL_S11),
        device_class=DeviceClass.ASSIGNED,
        reference=load_reference(),
        now=max(host.now(), datetime(2026, 11, 1, tzinfo=UTC)),
    )
    found: dict[str, str] = {}
    for one in judged:
        found.setdefault(one.check_id, f"{one.status} {one.reason}")
    assert found == windows["checks"]
