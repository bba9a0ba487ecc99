"""Runs inside Windows' Python: asks every door, sets values to good and bad, and tells in JSON."""

from __future__ import annotations

import json
import sys
import winreg
from pathlib import Path

from tutelage_agent.host import windows, windows_structs
from tutelage_agent.host.local import LocalHost
from tutelage_agent.host.recording import RecordingHost, write
from tutelage_agent.host.scrub import scrubber_for
from tutelage_agent.posture import CHECKS, DeviceClass, Profile, load_reference, run_checks

CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
POLICIES = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
WINLOGON = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon"
UPDATE = r"SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate\AU"
UX = r"SOFTWARE\Microsoft\WindowsUpdate\UX\Settings"
FIREWALL = r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
ROOT = winreg.HKEY_LOCAL_MACHINE
ACCESS = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_64KEY


def put(root: int, path: str, name: str, found: int | str) -> None:
    kind = winreg.REG_DWORD if isinstance(found, int) else winreg.REG_SZ
    with winreg.CreateKeyEx(root, path, 0, ACCESS) as key:
        winreg.SetValueEx(key, name, 0, kind, found)


def drop(root: int, path: str, name: str) -> None:
    try:
        with winreg.OpenKey(root, path, 0, ACCESS) as key:
            winreg.DeleteValue(key, name)
    except FileNotFoundError:
        pass


def verdicts(*ids: str, host: object = None) -> dict[str, str]:
    """Return check id -> status and reason, by the first profile of each."""
    judged = run_checks(
        host or LocalHost(),
        profiles=(Profile.DFE, Profile.SCHOOL_S11),
        device_class=DeviceClass.ASSIGNED,
        reference=load_reference(),
        now=LocalHost().now(),
        checks=[check for check in CHECKS if not ids or check.id in ids],
    )
    found: dict[str, str] = {}
    for one in judged:
        found.setdefault(one.check_id, f"{one.status} {one.reason}")
    return found


def doors(host: LocalHost) -> dict[str, object]:
    def tell(reading) -> list:
        return [str(reading.outcome), repr(reading.found), reading.detail]

    return {
        "system": str(host.system),
        "edition": tell(host.registry(CURRENT, "EditionID")),
        "no value": tell(host.registry(CURRENT, "Nonsense")),
        "no key": tell(host.registry_values(r"HKLM\SOFTWARE\Nonsense")),
        "hives": tell(host.registry_keys("HKU")),
        "not a root": tell(host.registry(r"HKCU\Software", "x")),
        "kernel": tell(host.stat(r"C:\Windows\System32\kernel32.dll")),
        "no file": tell(host.read(r"C:\no\such\file")),
        "sessions": tell(host.sessions()),
        "accounts": [s.account for s in host.sessions().found or ()],
        "volumes": tell(host.call("volumes")),
        "service": tell(host.call("service", "PlugPlay")),
        "no service": tell(host.call("service", "mpssvc")),
        "processes": tell(host.call("processes")),
        "version": tell(host.call("file.version", r"C:\Windows\System32\kernel32.dll")),
        "wmi": tell(host.wmi(r"root\CIMV2", "Win32_OperatingSystem", "Caption")),
        "no namespace": tell(host.wmi(r"root\SecurityCenter2", "AntiVirusProduct", "displayName")),
        "no call": tell(host.call("nonsense")),
        "too slow": tell(windows._child({"call": "wua.search"}, 0.01)),
        "session bytes": windows_structs.ctypes.sizeof(windows_structs.SessionInfo),
    }


def good_and_bad(sid: str) -> dict[str, object]:
    """Set values, look, set others, look again; leave nothing behind."""
    found: dict[str, object] = {}
    put(ROOT, POLICIES, "InactivityTimeoutSecs", 300)
    found["limit 300"] = verdicts("lock.idle")
    put(ROOT, POLICIES, "InactivityTimeoutSecs", 0)
    found["limit 0"] = verdicts("lock.idle")
    put(ROOT, POLICIES, "InactivityTimeoutSecs", "300")
    found["limit as text"] = verdicts("lock.idle")
    drop(ROOT, POLICIES, "InactivityTimeoutSecs")
    desktop = f"{sid}\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"
    saver = {"ScreenSaveActive": "1", "ScreenSaverIsSecure": "1", "ScreenSaveTimeOut": "300",
             "SCRNSAVE.EXE": "scrnsave.scr"}  # fmt: skip
    for name, setting in saver.items():
        put(winreg.HKEY_USERS, desktop, name, setting)
    found["screen saver"] = verdicts("lock.idle")
    put(winreg.HKEY_USERS, desktop, "ScreenSaverIsSecure", "0")
    found["open screen saver"] = verdicts("lock.idle")
    for name in saver:
        drop(winreg.HKEY_USERS, desktop, name)
    put(ROOT, WINLOGON, "AutoAdminLogon", "1")
    found["automatic sign-in"] = verdicts("password.auto_sign_in")
    put(ROOT, WINLOGON, "AutoAdminLogon", "0")
    found["no automatic sign-in"] = verdicts("password.auto_sign_in")
    put(ROOT, UPDATE, "NoAutoUpdate", 1)
    put(ROOT, UX, "PauseUpdatesExpiryTime", "2051-12-31T00:00:00Z")
    found["updates off"] = verdicts("os.automatic", "os.paused")
    drop(ROOT, UPDATE, "NoAutoUpdate")
    drop(ROOT, UX, "PauseUpdatesExpiryTime")
    found["updates on"] = verdicts("os.automatic", "os.paused")
    for profile in ("DomainProfile", "StandardProfile", "PublicProfile"):
        put(ROOT, f"{FIREWALL}\\{profile}", "EnableFirewall", 1)
    found["firewall without its service"] = verdicts("firewall.enabled")
    put(ROOT, f"{FIREWALL}\\PublicProfile", "EnableFirewall", 0)
    found["firewall off"] = verdicts("firewall.enabled")
    for profile in ("DomainProfile", "StandardProfile", "PublicProfile"):
        drop(ROOT, f"{FIREWALL}\\{profile}", "EnableFirewall")
    return found


def main() -> None:
    host = LocalHost()
    told: dict[str, object] = {"doors": doors(host)}
    accounts = told["doors"]["accounts"]
    told["set"] = good_and_bad(accounts[0] if accounts else "S-1-5-21-0-0-0-1000")
    recording = RecordingHost(host)
    told["checks"] = verdicts(host=recording)
    told["recorded"] = write(
        recording, Path(sys.argv[1]), title="Wine 10", scrubber=scrubber_for(host)
    )
    sys.stdout.write("\n" + json.dumps(told))


main()
