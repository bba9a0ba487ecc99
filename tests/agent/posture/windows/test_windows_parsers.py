"""No parser of Windows' or macOS's answers raises, whatever it is given."""

from __future__ import annotations

import json
import plistlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_agent.host import CommandResult, Row, macos_sessions, windows_codes, windows_structs
from tutelage_agent.host.reading import Outcome, nothing, value
from tutelage_agent.posture.macos import accounts as mac_accounts
from tutelage_agent.posture.macos import disk as mac_disk
from tutelage_agent.posture.macos import hardware, idle_lock, malware, password, plists, updates
from tutelage_agent.posture.macos.browser import locks
from tutelage_agent.posture.windows import accounts, browser, disk, firewall, os_support
from tutelage_agent.posture.windows import malware as win_malware
from tutelage_agent.posture.windows import password as win_password
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.windows import security_center as wsc
from tutelage_agent.posture.windows import updates as win_updates

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)

WORDS = st.sampled_from(
    ["[System Access]", "PasswordComplexity = 1", "FileVault is On.", "Encryption in progress",
     "screenLock delay is 5 seconds", "displaysleep", "99999", "* Label: x", "\tTitle: macOS 26",
     ", Version: 26.1,", "console", "Wed Nov 25 08:10", "wtmp begins", "Mon Feb  3 08:59",
     "(State = 1)", "XProtect launch scans: enabled", "%ProgramFiles%", ":\\", ".exe", "\n", "\t",
     "2051-12-31T00:00:00Z", "20261125030000.000000+060", "-", "Feb 30 25:61", "S-1-5-21-1-2-3-4"],
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(WORDS | st.text(max_size=6), max_size=20).map("".join))
PLAIN = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(
        st.sampled_from(
            ["letter", "kind", "protection", "conversion", "lock", "protectors", "suspend_count",
             "method", "percent", "sid", "name", "flags", "title", "categories", "severity",
             "kb", "released_at", "optional", "displayName", "productState", "AMRunningMode",
             "AntivirusEnabled", "RealTimeProtectionEnabled", "AntivirusSignatureAge",
             "pathToSignedProductExe", "AntivirusSignatureLastUpdated"]
        ),
        inner,
        max_size=8,
    ).map(Row),
    max_leaves=15,
)  # fmt: skip
PLISTABLE = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63) | st.text("abcXYZ .'(){}*+", max_size=30),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["Containers", "Volumes", "Roles", "FileVault", "PhysicalStores", "DeviceIdentifier",
             "CryptoMigrationOn", "AllDisks", "policyCategoryPasswordContent", "policyContent",
             "policyCategoryAuthentication", "policyParameters", "IOConsoleUsers", "HIDIdleTime",
             "policyAttributeMaximumFailedAuthentications", "dsAttrTypeStandard:UniqueID",
             "dsAttrTypeStandard:RecordName", "kCGSSessionUserIDKey", "ExtensionSettings", "*",
             "forceDelayedSoftwareUpdates", "enforcedSoftwareUpdateDelay", "ProductVersion"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=15,
)  # fmt: skip

BYTE_PARSERS = (
    plists.parse,
    plists.parse_any,
    mac_accounts.parse_accounts,
    mac_accounts.parse_members,
    mac_disk.containers,
    mac_disk.internal_disks,
    password.parse_policy,
    macos_sessions.console_users,
    macos_sessions.idle_seconds,
    windows_structs.session_info,
    windows_codes.unpack,
    reg.filetime_bytes,
    lambda content: idle_lock.parse_screen_lock(CommandResult(0, content, content)),
    lambda content: malware.parse_gatekeeper(CommandResult(0, content, content)),
)
TEXT_PARSERS = (
    win_password.password_complexity,
    browser.firefox_extensions_blocked,
    reg.number_of,
    reg.iso_moment,
    reg.cim_datetime,
    reg.is_person,
    reg.relative_id,
    reg.domain_of,
    wsc.expand,
    wsc.slug,
    os_support.cadence,
    mac_disk.parse_filevault,
    idle_lock.parse_display_sleep,
    malware.parse_xprotect,
    malware.parse_services,
    hardware.parse_global_state,
    hardware.parse_bridge,
    lambda text: updates.parse_list(text, 15),
    lambda text: mac_accounts.parse_last(text, NOW),
)
PLAIN_PARSERS = (
    accounts.parse_accounts,
    disk.letters,
    disk.rows_by_letter,
    win_updates.parse_offers,
)


@pytest.mark.parametrize("parser", BYTE_PARSERS)
@given(content=st.binary(max_size=600) | TEXT.map(str.encode) | PLISTABLE.map(plistlib.dumps))
def test_no_byte_parser_raises(parser, content):
    parser(content)


@pytest.mark.parametrize("parser", TEXT_PARSERS)
@given(text=TEXT)
def test_no_text_parser_raises(parser, text):
    parser(text)


@pytest.mark.parametrize("parser", PLAIN_PARSERS)
@given(found=PLAIN)
def test_no_parser_of_an_answer_raises(parser, found):
    parser(found)


@given(row=PLAIN.filter(lambda found: isinstance(found, Row)), shell=st.none() | st.integers())
def test_no_row_of_wmi_raises(row, shell):
    disk.protection(row, shell)
    disk.detail(row)
    wsc.parse_products((row,))
    win_malware.parse_defender((row,))


@given(
    table=PLISTABLE.filter(lambda found: isinstance(found, dict)),
    product=st.sampled_from(["chrome", "edge", "firefox", "safari", "brave"]),
)
def test_no_profile_raises(table, product):
    locks(product, table)
    updates.delay_days(table)
    mac_disk.boot_protection((table,))
    mac_disk.data_volumes((table,), frozenset({"disk0"}))
    macos_sessions.sessions((table,), 5, NOW, {})


@given(number=st.integers(), low=st.integers())
def test_no_number_raises(number, low):
    wsc.parse_state(number)
    reg.filetime(number, low)
    reg.filetime_of(number)
    firewall.inbound_word(number)
    windows_codes.of_hresult(number)
    windows_codes.of_win32(number)


@given(found=PLAIN)
def test_an_answer_survives_the_way_from_the_child_process(found):
    came = windows_codes.unpack(windows_codes.pack(value(found)).encode())
    assert (came.outcome, came.found) == (Outcome.VALUE, found)


def test_a_childs_refusal_keeps_its_outcome_and_rubbish_is_an_error():
    refused = windows_codes.pack(nothing(Outcome.DENIED, "COM: 0x80041003"))
    assert windows_codes.unpack(refused.encode()).outcome is Outcome.DENIED
    for rubbish in (b"", b"[]", b"{}", json.dumps({"outcome": "value"}).encode()):
        assert windows_codes.unpack(rubbish).outcome is Outcome.ERROR


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0x80041003, Outcome.DENIED),
        (-2147217405, Outcome.DENIED),
        (0x80070005, Outcome.DENIED),
        (0x8004100E, Outcome.UNSUPPORTED),
        (0x80041013, Outcome.ERROR),
        (0x8024402C, Outcome.TIMEOUT),
        (0x80070422, Outcome.ERROR),
    ],
)
def test_a_refusal_a_missing_part_and_a_crash_are_told_apart(code, outcome):
    assert windows_codes.of_hresult(code) is outcome
