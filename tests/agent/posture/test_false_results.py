"""Every false result that another tool gave (posture.md section 15), as a test of ours.

The numbers in the names are the rows there; the last test sees that none is left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import recorded_host
from posture_facts import NOW, judged, missed, said, saw
from tutelage_agent.host import CommandResult, Door, Outcome, Question, Row, System
from tutelage_agent.host.proven import ProvenHost
from tutelage_agent.host.reading import nothing, value
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.host.recording import RecordingHost
from tutelage_agent.posture import CHECKS, Profile, shown
from tutelage_agent.posture.linux import disk, fixes, idle_lock, kscreenlocker, malware
from tutelage_agent.posture.linux.desktops import parse_gsettings
from tutelage_agent.posture.macos import updates as macos_updates
from tutelage_agent.posture.reference import Release, shipped, shipped_products, validate
from tutelage_agent.posture.windows import accounts as windows_accounts
from tutelage_agent.posture.windows import disk as windows_disk
from tutelage_agent.posture.windows import os_support as windows_os
from tutelage_agent.posture.words import EngineState, Protection

ME = "account:1"


def machine(name: str) -> RecordedHost:
    return RecordedHost(recorded_host.HOSTS / name)


def of_machine(name: str, check_id: str) -> str:
    found = next(j for j in recorded_host.judge(machine(name)) if j.check_id == check_id)
    return f"{found.status} {found.reason}"


def volume(where: str, protection: Protection) -> list:
    return [saw("protection", str(protection), f"volume:{where}")]


@pytest.mark.parametrize(
    ("protection", "reason"),
    [
        (Protection.SUSPENDED, "suspended"),
        (Protection.WAITING_ACTIVATION, "waiting_activation"),
        (Protection.IN_PROGRESS, "in_progress"),
        (Protection.DECRYPTING, "decrypting"),
        (Protection.OFF, "off"),
    ],
)
def test_rows_2_3_8_encrypted_is_not_protected(protection, reason):
    seen = (saw("volumes", ("volume:C:",)), *volume("C:", protection))
    assert said("disk.system", *seen) == f"fail {reason}"


def test_row_4_an_open_data_volume_fails_beside_an_encrypted_one():
    seen = (
        saw("volumes", ("volume:C:", "volume:D:")),
        *volume("C:", Protection.ON),
        *volume("D:", Protection.OFF),
    )
    assert said("disk.data", *seen) == "fail off"


def test_row_5_an_encrypted_stick_does_not_encrypt_the_root():
    assert of_machine("fedora-43-plain-root-encrypted-stick", "disk.system") == "fail off"


def test_row_6_verity_and_integrity_share_the_prefix_and_keep_no_secret():
    assert of_machine("debian-12-verity-root", "disk.system") == "fail off"
    for kind in ("VERITY", "INTEGRITY", "SUBDEV", "TEMP"):
        assert not disk.encrypts(f"CRYPT-{kind}-0123-root")


def test_row_7_lvm_on_luks_is_encrypted():
    assert of_machine("debian-12-lvm-on-luks", "disk.system") == "pass compliant"


def test_row_9_effective_and_enforced_are_two_answers():
    seen = (
        saw("desktop", True),
        saw("machine_lock_seconds", 0, needed=False),
        saw("accounts", (ME,)),
        saw("lock_seconds", 300, ME),
        saw("lock_enforced", False, ME, needed=False),
    )
    judgement = judged("lock.idle", *seen)
    assert (judgement.status, judgement.enforced) == ("pass", "no")


def test_rows_10_11_an_idle_lock_of_0_is_never():
    seen = (
        saw("desktop", True),
        saw("machine_lock_seconds", 0, needed=False),
        saw("accounts", (ME,)),
        saw("lock_seconds", 0, ME),
    )
    assert said("lock.idle", *seen) == "fail never_locks"


def test_row_12_a_missing_key_is_no_answer():
    seen = (
        saw("desktop", True),
        saw("machine_lock_seconds", 0, needed=False),
        saw("accounts", (ME,)),
        missed("lock_seconds", Outcome.ABSENT, ME),
    )
    assert said("lock.idle", *seen) == "unknown not_found"


def test_row_13_no_check_passes_without_any_observation():
    for check in CHECKS:
        for profile in check.clauses:
            judgement = judged(check.id, profile=profile)
            assert judgement.status == "unknown", check.id


def test_row_14_waking_without_a_password_is_no_lock():
    seen = (saw("desktop", True), saw("accounts", (ME,)), saw("password_on_wake", False, ME))
    assert said("lock.wake", *seen) == "fail no_password_on_wake"


def test_row_15_kde_that_locks_only_on_resume_never_locks_when_idle():
    found = kscreenlocker.daemon("", "[Daemon]\nAutolock=false\nLockOnResume=true\n")
    assert found is not None
    assert (found.seconds, found.locks_on_resume) == (0, True)


def test_row_16_nobody_signed_in_is_unknown_and_says_so():
    machine_name = "fedora-43-kde-nobody-signed-in"
    assert of_machine(machine_name, "lock.idle") == "unknown no_user_context"


def test_row_17_a_source_that_shows_nothing_known_proves_no_absence():
    """A mistyped path reads as absent; absence only counts where a canary was seen."""

    class Blind(RecordedHost):
        def answer(self, question):
            return nothing(Outcome.ABSENT)

    host = ProvenHost(Blind(recorded_host.HOSTS / "debian-12-lvm-on-luks"))
    assert host.text("/etc/security/pwqualty.conf").outcome is Outcome.ERROR
    assert host.folder("/sys/class/blok").outcome is Outcome.ERROR


def test_row_19_what_was_not_assessed_is_counted_beside_the_score():
    judgements = [judged(check.id) for check in CHECKS[:5]]
    counts = shown.summary(judgements)
    assert (counts.assessed, counts.not_seen, counts.total) == (0, 5, 5)
    assert "0 of 0 assessed" in shown.closing(judgements)[0]


def product(state: EngineState, **more) -> list:
    name = "product:x"
    return [
        saw("products", (name,)),
        saw("state", str(state), name),
        *(saw(fact, found, name) for fact, found in more.items()),
    ]


def test_row_20_a_state_without_a_name_is_an_error_and_not_a_pass():
    seen = [saw("products", ("product:x",)), saw("state", "undefined", "product:x")]
    assert said("malware.protection", *seen) == "error tool_failed"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (EngineState.GHOST, "not_running"),
        (EngineState.PASSIVE, "passive"),
        (EngineState.SNOOZED, "off"),
        (EngineState.EXPIRED, "expired"),
        (EngineState.SCANNER_ONLY, "scanner_only"),
        (EngineState.NO_ENGINE, "not_installed"),
        (EngineState.OFF, "off"),
    ],
)
def test_rows_21_22_25_a_product_that_does_not_protect_fails_with_its_reason(state, reason):
    seen = product(state, real_time=True)
    assert said("malware.protection", *seen) == f"fail {reason}"


def test_row_21_a_ghost_beside_a_working_product_does_not_fail_it():
    seen = (
        saw("products", ("product:old", "product:new")),
        saw("state", str(EngineState.GHOST), "product:old"),
        saw("state", str(EngineState.ON), "product:new"),
        saw("real_time", True, "product:new"),
    )
    assert said("malware.protection", *seen) == "pass compliant"


def test_row_23_an_engine_that_never_had_definitions_is_not_current():
    seen = (*product(EngineState.ON, real_time=True), missed("definitions_at", Outcome.ABSENT,
            "product:x", needed=False))  # fmt: skip
    assert said("malware.current", *seen) == "unknown not_found"


def test_row_24_defender_that_calls_itself_healthy_may_protect_nothing():
    name = "ubuntu-24.04-passive-defender"
    assert '"healthy": true' in machine(name).run("mdatp-health").value.text
    assert of_machine(name, "malware.protection") == "fail passive"
    assert of_machine(name, "malware.current") == "fail out_of_date"


def test_row_25_a_log_watcher_is_no_anti_virus():
    name = "debian-12-server-without-desktop"
    assert "wazuh-agentd" in machine(name).processes().value
    assert of_machine(name, "malware.protection") == "fail not_installed"


def test_row_26_a_pause_until_2051_is_a_pause():
    seen = (
        saw("paused", True),
        saw("deferral_days", 0),
        saw("paused_until", NOW.replace(year=2051), needed=False),
    )
    assert said("os.paused", *seen) == "fail paused"


def test_row_27_a_failed_update_search_is_not_up_to_date():
    class Failing(RecordedHost):
        def answer(self, question):
            if question == Question(Door.RUN, "dnf-security"):
                return nothing(Outcome.ERROR, "dnf-security ended with code 1")
            return super().answer(question)

    host = Failing(recorded_host.HOSTS / "fedora-43-plain-root-encrypted-stick")
    assert said("os.fixes", *fixes.observe(host)) == "error tool_failed"


def test_row_27_dnf_says_by_its_code_whether_there_are_fixes():
    rows = "openssl-libs.x86_64  1:3.5.4-2.fc43  updates\n"

    class Answering(RecordedHost):
        code = 100

        def answer(self, question):
            if question == Question(Door.RUN, "dnf-security"):
                return value(CommandResult(self.code, rows.encode()))
            return super().answer(question)

    host = Answering(recorded_host.HOSTS / "fedora-43-plain-root-encrypted-stick")
    seen = {o.fact: o.value for o in fixes.observe(host)}
    assert seen["missing_fixes"] == ("openssl-libs=1:3.5.4-2.fc43",)
    host.code = 0
    assert {o.fact: o.value for o in fixes.observe(host)}["missing_fixes"] == ()


def test_row_28_a_recent_search_does_not_excuse_a_fix_that_is_three_weeks_out():
    seen = (
        saw("missing_fixes", ("openssl=3",)),
        saw("oldest_fix_at", NOW - timedelta(days=21), needed=False),
        saw("metadata_at", NOW),
    )
    assert said("os.fixes", *seen) == "fail missing_fixes"


def test_row_29_a_search_that_met_an_error_says_nothing():
    seen = (missed("missing_fixes", Outcome.ERROR), saw("metadata_at", NOW))
    assert said("os.fixes", *seen) == "error tool_failed"


def test_rows_31_32_a_firewall_whose_state_was_not_seen_is_not_off():
    seen = (saw("profiles", ("profile:public",)), missed("enabled", Outcome.UNSUPPORTED,
            "profile:public"))  # fmt: skip
    assert said("firewall.enabled", *seen) == "unknown unsupported"


def test_row_33_a_ufw_service_that_is_active_and_disabled_is_off():
    name = "ubuntu-20.04-neglected"
    assert (
        "ufw.service" in machine(name).folder("/etc/systemd/system/multi-user.target.wants").value
    )
    assert of_machine(name, "firewall.enabled") == "fail off"


def test_row_35_absence_without_a_documented_default_is_unknown():
    assert said("password.auto_sign_in", missed("auto_sign_in", Outcome.ABSENT)).startswith(
        "unknown"
    )


def test_row_36_a_directorys_password_rules_are_not_the_devices():
    seen = (saw("governed_by", "entra"), saw("min_length", 0), saw("classes", 0))
    assert said("password.policy", *seen) == "unknown governed_elsewhere"


def test_row_37_complexity_without_length_is_weak():
    seen = (
        saw("governed_by", "local"),
        saw("min_length", 0),
        saw("classes", 4),
        saw("policy_active", True),
    )
    for profile in Profile:
        assert said("password.policy", *seen, profile=profile) == "fail weak"


def test_row_38_idle_activation_enabled_changes_nothing():
    text = (
        "org.gnome.desktop.session idle-delay uint32 0\n"
        "org.gnome.desktop.screensaver idle-activation-enabled true\n"
        "org.gnome.desktop.screensaver lock-enabled true\n"
        "org.gnome.desktop.screensaver lock-delay uint32 0\n"
        "org.gnome.desktop.lockdown disable-lock-screen false\n"
    )
    assert idle_lock.gnome(parse_gsettings(text)) == 0


def test_row_39_settings_are_read_as_the_account_that_sits_there():
    host = RecordingHost(machine("debian-12-lvm-on-luks"))
    idle_lock.observe_idle(host)
    asked = [question for question in host.asked if question.what == "gsettings-list"]
    assert asked
    assert {question.account for question in asked} == {"1000"}


def test_row_40_a_table_in_which_an_old_macos_outlives_a_newer_is_refused():
    rows = (
        Release("macos", "11", released=date(2020, 11, 12), end=date(2026, 2, 2)),
        Release("macos", "12", released=date(2021, 10, 25), end=date(2024, 9, 16)),
    )
    assert validate(replace(shipped(), releases=rows)) == ["macos 11: outlives 12"]
    assert validate(shipped()) == []


def test_row_41_a_folder_left_behind_is_no_product():
    name = "ubuntu-24.04-passive-defender"
    assert machine(name).folder("/opt/CrowdStrike").seen
    facts = {o.fact: o.value for o in malware.observe(machine(name))}
    assert facts["products"] == ("product:defender",)


@pytest.mark.parametrize(
    ("up_seconds", "verdict"), [(600, "unknown just_started"), (3 * 3600, "fail out_of_date")]
)
def test_row_42_a_laptop_that_was_off_for_half_term_gets_two_hours(up_seconds, verdict):
    seen = product(EngineState.ON, real_time=True, definitions_at=NOW - timedelta(days=9))
    assert said("malware.current", *seen, saw("up_seconds", up_seconds, needed=False)) == verdict


def test_every_product_of_the_table_is_seen_by_its_process_alone():
    assert {product.kind for product in shipped_products(System.LINUX)} <= {"engine", "hids"}


def test_row_1_bitlocker_that_was_taken_off_is_off_by_its_methods():
    gone = Row({"protection": 0, "conversion": 0, "lock": 0})
    assert windows_disk.protection(gone) is Protection.OFF
    assert windows_disk.protection(Row({"protection": 1, "conversion": 1})) is Protection.ON


def test_row_18_a_guest_account_is_known_by_its_number_in_every_language():
    rows = (
        Row({"sid": "S-1-5-21-1-2-3-501", "name": "Gast", "flags": 0}),
        Row({"sid": "S-1-5-21-1-2-3-1001", "name": "Guest Speaker", "flags": 0}),
    )
    found = windows_accounts.people(windows_accounts.parse_accounts(rows) or ())
    assert [account.name for account in found] == ["Guest Speaker"]


def test_row_30_a_release_for_other_macs_is_not_missing_here():
    offered = "Software Update found the following new or updated software:\n"
    assert macos_updates.parse_list("No new software available.\n", 26) == ()
    assert macos_updates.parse_list(offered, 26) is None, "not understood is not up to date"


def test_row_34_windows_11_is_named_by_its_build_and_not_by_its_product_name():
    host = machine("windows-11-education-entra-managed")
    key = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
    assert host.registry(key, "ProductName").value == "Windows 10 Pro"
    shown = {o.fact: o.value for o in windows_os.observe(host)}["version_text"]
    assert str(shown).startswith("Windows 11")


def test_every_row_of_the_catalogue_has_its_test():
    names = re.findall(
        r"def test_rows?_((?:\d+_)+)",
        "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_false*.py")),
    )
    rows = {int(number) for name in names for number in name.split("_") if number}
    assert rows == set(range(1, 43))
