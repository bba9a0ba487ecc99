"""macOS's rows of the false-result catalogue (posture.md section 15), as tests of our observers."""

from __future__ import annotations

import plistlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

import recorded_host
from tutelage_agent.host import CommandResult, System, macos_sessions
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import CHECKS
from tutelage_agent.posture.macos import accounts, disk, hardware, idle_lock, malware, updates
from tutelage_agent.posture.macos.password import parse_policy
from tutelage_agent.posture.words import EngineState, Firmware, Protection

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def of(name: str, check_id: str) -> str:
    judged = recorded_host.judge(RecordedHost(recorded_host.HOSTS / name))
    found = next(j for j in judged if j.check_id == check_id)
    return f"{found.status} {found.reason}"


@pytest.mark.parametrize(
    ("text", "protection"),
    [
        ("FileVault is On.\n", Protection.ON),
        ("FileVault is On.\nEncryption in progress: Percent completed = 12\n",
         Protection.IN_PROGRESS),
        ("FileVault is On, but needs to be restarted to finish.\n", Protection.IN_PROGRESS),
        ("FileVault is Off.\nDecryption in progress: Percent completed = 9\n",
         Protection.DECRYPTING),
        ("FileVault is Off.\nDeferred enablement appears to be active for user 'x'.\n",
         Protection.OFF),
        ("FileVault is Off, but will be enabled after the next restart.\n", Protection.OFF),
        ("FileVault ist aktiviert.\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_row_8_on_is_only_on_without_a_second_line(text, protection):
    assert disk.parse_filevault(text) is protection


def test_row_9_filevault_without_a_profile_is_encrypted():
    assert of("macos-15-no-rights", "disk.system") == "pass compliant"


def test_hardware_encryption_with_filevault_off_protects_nobody():
    assert of("macos-15-filevault-off", "disk.system") == "fail off"
    volume = {"FileVault": False, "Encryption": True}
    assert disk.volume_protection(volume) is Protection.OFF


def test_row_11_an_idle_time_of_0_is_never():
    assert idle_lock.lock_seconds(0, 0, 0) == 0
    assert of("macos-14-encrypting", "lock.idle") == "fail never_locks"


def test_row_12_the_login_windows_idle_time_is_not_the_sessions():
    text = Path(idle_lock.__file__).read_text("utf-8").split('"""', 2)[2]
    assert "loginWindowIdleTime" not in text
    assert "askForPassword" not in text


def test_row_14_a_dark_display_without_a_password_is_no_lock():
    assert idle_lock.lock_seconds(300, 300, idle_lock.NEVER) == 0
    assert of("macos-15-filevault-off", "lock.idle") == "fail never_locks"


def test_never_on_one_power_source_is_never():
    text = "Battery Power:\n displaysleep 5\nAC Power:\n displaysleep 0\n"
    assert idle_lock.parse_display_sleep(text) == 0


@pytest.mark.parametrize(
    ("said", "grace"),
    [
        ("screenLock is off", idle_lock.NEVER),
        ("screenLock delay is immediate", 0),
        ("screenLock delay is 300 seconds", 300),
        ("usage: sysadminctl", None),
    ],
)
def test_the_grace_is_read_from_the_error_stream(said, grace):
    line = f"2026-11-25 09:00:00.000 sysadminctl[1:2] {said}\n".encode()
    assert idle_lock.parse_screen_lock(CommandResult(0, b"", line)) == grace


def test_rows_16_39_nobody_signed_in_is_unknown():
    name = "macos-26-nobody-signed-in-mobile-accounts"
    assert of(name, "lock.idle") == "unknown no_user_context"


def test_row_28_a_recent_search_with_pending_fixes_does_not_pass():
    assert of("macos-15-filevault-off", "os.fixes") == "unknown fix_age_unknown"


def test_row_29_a_search_that_met_a_network_error_says_nothing():
    text = 'Scan finished with error: Error Domain=NSURLErrorDomain Code=-1005 "lost"\n'
    assert updates.parse_list(text, 15) is None
    assert of("macos-14-encrypting", "os.fixes") == "unknown timeout"


def test_row_30_the_next_macos_and_developer_tools_are_no_missing_fixes():
    text = (
        "* Label: macOS Tahoe 26.1-25B78\n\tTitle: macOS Tahoe 26.1, Version: 26.1, Size: 1K, \n"
        "* Label: CLT\n\tTitle: Command Line Tools for Xcode, Version: 16.4, Size: 1K, \n"
        "* Label: s\n\tTitle: macOS Sequoia 15.7.3, Version: 15.7.3, Size: 868648KiB, \n"
    )
    assert updates.parse_list(text, 15) == ("macOS Sequoia 15.7.3 15.7.3",)


def test_row_32_since_macos_15_the_old_firewall_file_is_not_believed():
    assert of("macos-15-filevault-off", "firewall.enabled") == "fail off"
    assert of("macos-14-encrypting", "firewall.enabled") == "pass compliant"
    assert of("macos-15-no-rights", "firewall.enabled") == "unknown denied"


def test_the_firewalls_number_counts_and_not_the_words_beside_it():
    text = "Firewall is blocking all non-essential incoming connections. (State = 2)"
    assert hardware.parse_global_state(text) is True
    assert hardware.parse_global_state("block all state set to disabled") is None


def test_row_36_a_directorys_password_rules_are_not_the_macs():
    name = "macos-26-nobody-signed-in-mobile-accounts"
    assert of(name, "password.policy") == "unknown governed_elsewhere"


def policy(*rules: str) -> bytes:
    content = [{"policyContent": f"policyAttributePassword matches '{rule}'"} for rule in rules] + [
        {"policyContent": "policyAttributeSequentialCharacters < policyAttributeMaximum"}
    ]
    table = plistlib.dumps({"policyCategoryPasswordContent": content})
    return b"Getting global account policies\n" + table


@pytest.mark.parametrize(
    ("rules", "length", "classes"),
    [
        ((".{4,}+",), 4, 0),
        ((".{8}.*",), 8, 0),
        (("(?=.*[0-9])(?=.*[a-z]).{10,}",), 10, 2),
        ((".{8,}+", "(.*[A-Z].*){1,}+", "(.*[a-z].*){1,}+", "(.*[0-9].*){1,}+"), 8, 3),
        ((), 0, 0),
    ],
)
def test_a_policy_is_known_by_what_it_accepts_however_it_is_written(rules, length, classes):
    found = parse_policy(policy(*rules))
    assert found is not None
    assert (found.min_length, found.classes) == (length, classes)


def test_the_compatibility_version_is_in_no_table():
    assert updates.version_key((10, 16)) == "10.16"
    assert updates.version_key((26, 1)) == "26"


def test_xprotect_needs_both_kinds_of_scan_and_gatekeeper():
    both = "XProtect launch scans: enabled\nXProtect background scans: disabled\n"
    assert malware.parse_xprotect(both) is EngineState.OFF
    assert malware.parse_xprotect("XProtect launch scans: enabled\n") is None
    assert of("macos-12-intel-without-t2", "malware.protection") == "fail off"


def test_a_reduced_start_up_security_is_off_and_no_chip_does_not_apply():
    reduced = '{"SPiBridgeDataType": [{"ibridge_secure_boot": "Reduced Security"}]}'
    assert hardware.parse_bridge(reduced) == (Firmware.APPLE_SILICON, False)
    assert hardware.parse_bridge('{"SPiBridgeDataType": []}') == (Firmware.OTHER, None)
    assert hardware.parse_bridge("[]") is None


def test_console_sign_ins_of_a_captured_list_get_their_years():
    captured = Path(__file__).with_name("last-osx-10.14.6.out").read_text("utf-8")
    found = accounts.parse_last(captured, datetime(2020, 3, 1, tzinfo=UTC))
    assert found is not None
    sign_ins, begins = found
    assert begins == datetime(2019, 6, 21, 15, 54, tzinfo=UTC)
    assert sign_ins
    assert all(begins <= s.at <= datetime(2020, 3, 1, tzinfo=UTC) for s in sign_ins)
    assert [s.at for s in sign_ins] == sorted((s.at for s in sign_ins), reverse=True)


def test_a_locked_screen_is_seen_and_only_that_of_the_console():
    users = ({"kCGSSessionUserIDKey": 501, "kCGSSessionOnConsoleKey": True,
              "CGSSessionScreenIsLocked": True, "kCGSSessionIDKey": 257},
             {"kCGSSessionUserIDKey": 502, "kCGSSessionOnConsoleKey": False},
             {"kCGSSessionUserIDKey": 88})  # fmt: skip
    first, second = macos_sessions.sessions(users, 700, NOW, {501: "/Users/person1"})
    assert (first.locked, (NOW - first.idle_since).total_seconds()) == (True, 700)
    assert (second.locked, second.active) == (None, False)
    empty = plistlib.dumps({"IORegistryEntryName": "Root"})
    assert macos_sessions.console_users(empty) == ()
    assert macos_sessions.console_users(b"no plist") is None


def test_every_check_that_looks_at_a_machine_has_an_observer_on_macos():
    assert [c.id for c in CHECKS if System.MACOS not in c.observers] == []
