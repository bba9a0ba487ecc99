"""Windows' rows of the false-result catalogue (posture.md section 15), as tests of ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import recorded_host
from tutelage_agent.host import Door, Host, Outcome, Question, Row, System
from tutelage_agent.host.proven import ProvenHost
from tutelage_agent.host.reading import nothing, value
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import CHECKS
from tutelage_agent.posture.windows import (
    disk,
    firewall,
    idle_lock,
    malware,
    os_support,
    password,
    updates,
    usb,
)
from tutelage_agent.posture.windows import security_center as wsc
from tutelage_agent.posture.words import EngineState, Protection

GOOD = "windows-11-education-entra-managed"


class Changed(Host):
    """A recorded machine on which some questions are answered otherwise."""

    def __init__(self, name: str, answers: dict[str, object]) -> None:
        self._inner = RecordedHost(recorded_host.HOSTS / name)
        self._answers = answers
        self.machine = self._inner.machine
        self.system, self.privileged = self._inner.system, self._inner.privileged
        self.state = self._inner.state

    def now(self):
        return self._inner.now()

    def pseudonym(self, account):
        return self._inner.pseudonym(account)

    def remember(self, name, content):
        return self._inner.remember(name, content)

    def answer(self, question: Question):
        if str(question) in self._answers:
            found = self._answers[str(question)]
            return nothing(found) if isinstance(found, Outcome) else value(found)
        return self._inner.answer(question)


def of(host: Host | str, check_id: str, profile: str = "") -> str:
    """Return ``status reason`` of a check on a machine, by its first profile or a named one."""
    machine = RecordedHost(recorded_host.HOSTS / host) if isinstance(host, str) else host
    judged = [j for j in recorded_host.judge(machine) if j.check_id == check_id]
    found = next(j for j in judged if not profile or j.profile == profile)
    return f"{found.status} {found.reason}"


def bitlocker(**fields: object) -> Row:
    return Row({"protection": 1, "conversion": 1, "lock": 0, "protectors": (1, 3), **fields})


def test_row_1_the_methods_of_bitlocker_are_asked_and_not_its_stale_property():
    asked: list[Question] = []

    class Noting(Changed):
        def answer(self, question):
            asked.append(question)
            return super().answer(question)

    disk.observe_system(Noting(GOOD, {}))
    assert Question(Door.CALL, "bitlocker.volumes") in asked
    assert not [q for q in asked if "EncryptableVolume" in str(q)]


def test_row_1_the_shell_is_only_believed_where_the_methods_do_not_answer():
    stale = Changed(GOOD, {"call:bitlocker.volumes": (Row({"letter": "C:", "protection": 0,
                                                           "conversion": 0}),)})  # fmt: skip
    assert of(stale, "disk.system") == "fail off"
    refused = Changed(GOOD, {"call:bitlocker.volumes": Outcome.DENIED})
    (found,) = [o for o in disk.observe_system(refused) if o.fact == "protection"]
    assert (found.value, found.rung) == ("on", 1)


@pytest.mark.parametrize("number", [2, 3, 4, 5, 7, 8])
def test_row_2_of_the_shells_states_only_1_and_a_locked_volume_pass(number):
    host = Changed(
        GOOD, {"call:bitlocker.volumes": Outcome.DENIED, "call:shell.bitlocker(C:)": number}
    )
    assert not of(host, "disk.system").startswith("pass")


def test_row_2_suspended_is_told_from_waiting():
    assert disk.protection(bitlocker(protection=0, suspend_count=0)) is Protection.SUSPENDED
    assert disk.protection(bitlocker(protection=0), 5) is Protection.SUSPENDED
    assert of("windows-11-pro-suspended-bitlocker-sophos", "disk.system") == "fail suspended"


def test_row_3_fully_encrypted_without_protectors_waits_for_activation():
    for protectors in ((), (1,)):
        row = bitlocker(protection=0, protectors=protectors)
        assert disk.protection(row) is Protection.WAITING_ACTIVATION
    name = "windows-11-home-24h2-waiting-for-activation"
    assert of(name, "disk.system") == "fail waiting_activation"


def test_row_4_every_fixed_volume_is_judged_and_a_stick_is_not():
    assert of("windows-11-pro-encryption-in-progress-open-data", "disk.data") == "fail off"
    rows = (Row({"letter": "C:", "kind": "fixed"}), Row({"letter": "E:", "kind": "removable"}))
    assert disk.letters(rows) == ("C:",)


def test_row_10_an_inactivity_limit_of_0_locks_nobody():
    assert of("windows-10-education-22h2-esu", "lock.idle") == "fail never_locks"


def test_row_14_a_dark_display_or_sleep_without_a_password_is_no_lock():
    sleep = f"call:power.index(ac, {idle_lock.NO_SUBGROUP}, {idle_lock.CONSOLE_LOCK})"
    host = Changed("windows-11-pro-no-rights", {sleep: 0})
    assert of(host, "lock.idle") == "fail never_locks"
    assert of(host, "lock.wake") == "fail no_password_on_wake"


def test_row_14_power_settings_that_were_not_seen_do_not_prove_that_nothing_locks():
    sleep = f"call:power.index(ac, {idle_lock.NO_SUBGROUP}, {idle_lock.CONSOLE_LOCK})"
    host = Changed("windows-11-pro-no-rights", {sleep: Outcome.UNSUPPORTED})
    assert of(host, "lock.idle").startswith("unknown")


def test_row_16_nobody_signed_in_is_unknown_and_not_a_fail():
    name = "windows-11-education-classroom-nobody-signed-in"
    assert of(name, "lock.idle") == "unknown no_user_context"


def test_row_17_a_registry_that_shows_nothing_known_proves_no_absence():
    known = "registry:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion(ProgramFilesDir)"
    host = ProvenHost(Changed(GOOD, {known: Outcome.ABSENT}))
    assert host.registry(password.WINLOGON, "Mistyped").outcome is Outcome.ERROR
    assert of(Changed(GOOD, {known: Outcome.ABSENT}), "os.paused").startswith("error")


def test_row_18_accounts_are_known_by_number_and_not_by_their_translated_names():
    name = "windows-11-education-classroom-nobody-signed-in"
    assert of(name, "sharing.generic") == "fail guest_account"


@pytest.mark.parametrize(
    ("number", "engine", "microsoft", "current"),
    [
        (397568, EngineState.ON, True, True),
        (393472, EngineState.OFF, True, True),
        (397584, EngineState.ON, True, False),
        (266240, EngineState.ON, False, True),
        (266256, EngineState.ON, False, False),
        (262144, EngineState.OFF, False, True),
        (331776, EngineState.ON, False, True),
        (0x42000, EngineState.SNOOZED, False, True),
        (0x43000, EngineState.EXPIRED, False, True),
    ],
)
def test_row_20_every_product_state_has_its_meaning(number, engine, microsoft, current):
    assert wsc.parse_state(number) == wsc.State(engine, microsoft, current)


def test_row_20_a_product_state_of_no_meaning_is_no_answer():
    assert wsc.parse_state(0x44000) is None
    assert wsc.parse_state(0x41020) is None
    assert wsc.parse_state(-1) is None


def test_row_21_a_product_that_was_uninstalled_and_stayed_registered_protects_nobody():
    assert of("windows-11-pro-ghost-antivirus", "malware.protection") == "fail passive"
    facts = malware.observe(RecordedHost(recorded_host.HOSTS / "windows-11-pro-ghost-antivirus"))
    states = {o.subject: o.value for o in facts if o.fact == "state"}
    assert states["product:eset-security"] == EngineState.GHOST


def test_rows_21_41_a_program_without_a_process_is_a_ghost_and_without_rights_unknown():
    name = "windows-11-pro-suspended-bitlocker-sophos"
    left_behind = Changed(name, {"call:processes.paths": ("C:\\Windows\\explorer.exe",)})
    assert of(left_behind, "malware.protection") == "fail passive"
    left_behind.privileged = False
    assert of(left_behind, "malware.protection") == "unknown denied"


def test_row_22_a_passive_defender_says_that_every_switch_is_on():
    row = Row({"AMRunningMode": "Passive Mode", "AntivirusEnabled": True,
               "RealTimeProtectionEnabled": True})  # fmt: skip
    found = malware.parse_defender((row,))
    assert found is not None
    assert (found.state, found.real_time) == (EngineState.PASSIVE, False)
    edr = malware.parse_defender((Row({**row.fields, "AMRunningMode": "EDR Block Mode"}),))
    assert edr is not None
    assert edr.state is EngineState.PASSIVE


def test_row_23_an_anti_spyware_age_of_0_beside_no_engine_is_not_current():
    row = Row({"AMRunningMode": "Not running", "AntivirusEnabled": False,
               "RealTimeProtectionEnabled": False, "AntivirusSignatureAge": 65535,
               "AntispywareSignatureAge": 0,
               "AntivirusSignatureLastUpdated": "16010101000000.000000+000"})  # fmt: skip
    found = malware.parse_defender((row,))
    assert found is not None
    assert found.definitions_at is None
    assert found.never_updated
    assert "AntispywareSignatureAge" not in malware.COLUMNS


def test_row_26_a_pause_is_iso_text_and_until_2051_is_a_pause():
    assert of("windows-10-home-autologon-paused", "os.paused") == "fail paused"
    garbage = "registry:HKLM\\SOFTWARE\\Microsoft\\WindowsUpdate\\UX\\Settings"
    odd = Changed(GOOD, {f"{garbage}(PauseUpdatesExpiryTime)": "31.12.2051"})
    assert of(odd, "os.paused").startswith("error")


def test_row_27_an_update_search_that_failed_is_not_up_to_date():
    for outcome in (Outcome.ERROR, Outcome.TIMEOUT, Outcome.DENIED):
        host = Changed(GOOD, {"call:wua.search": outcome})
        assert of(host, "os.fixes").split()[0] in {"unknown", "error"}


def test_an_unrated_fix_counts_and_definitions_upgrades_and_previews_do_not():
    assert of("windows-11-pro-after-half-term", "os.fixes") == "fail missing_fixes"
    row = {"title": "Feature update", "categories": ("3689BDC8-B205-4AF4-8D4A-A63924C5E9D5",)}
    assert updates.parse_offers((Row(row),)) == ()
    (fix,) = updates.parse_offers((Row({"title": "Cumulative", "categories": ()}),)) or ()
    assert (fix.name, fix.released_at) == ("Cumulative", None)


def test_row_31_group_policys_firewall_wins_over_the_local_values():
    assert of("windows-11-pro-domain-joined", "firewall.enabled") == "pass compliant"


def test_the_registrys_inbound_action_has_the_opposite_sense_of_the_com_interface():
    assert (firewall.inbound_word(0), firewall.inbound_word(1)) == ("allow", "block")
    assert firewall.inbound_word(2) is None
    key = "registry:HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile"
    host = Changed("windows-11-pro-domain-joined", {f"{key}(DefaultInboundAction)": 0})
    assert of(host, "firewall.enabled") == "fail open"


def test_a_firewall_whose_service_is_stopped_is_off():
    host = Changed(GOOD, {"call:service(BFE)": Row({"state": 1, "start": 2})})
    assert of(host, "firewall.enabled") == "fail off"


def test_row_34_windows_11_is_known_by_its_build():
    found = os_support.observe(RecordedHost(recorded_host.HOSTS / GOOD))
    assert {o.fact: o.value for o in found}["version_text"] == "Windows 11 25H2 (Education)"
    asked = os_support.observe(Changed(GOOD, {f"registry:{os_support.reg.CURRENT}(ProductName)":
                                              Outcome.ERROR}))  # fmt: skip
    assert [replace(o) for o in asked] == list(found)


def test_an_unknown_edition_is_no_ground_for_the_shorter_support():
    host = Changed(GOOD, {f"registry:{os_support.reg.CURRENT}(EditionID)": Outcome.DENIED})
    assert of(host, "os.supported") == "unknown denied"


def test_row_35_a_refused_registry_value_is_not_a_missing_one():
    for check_id, question in (
        ("password.auto_sign_in", f"registry:{password.WINLOGON}(AutoAdminLogon)"),
        ("usb.autorun", f"registry:{usb._EXPLORER}(NoAutorun)"),
        ("os.automatic", f"registry:{updates._POLICY}\\AU(NoAutoUpdate)"),
    ):
        host = Changed("windows-11-pro-no-rights", {question: Outcome.DENIED})
        assert of(host, check_id) == "unknown denied"


@pytest.mark.parametrize("name", [GOOD, "windows-11-pro-domain-joined"])
def test_row_36_the_local_policy_says_nothing_of_a_directorys_password(name):
    assert of(name, "password.policy") == "unknown governed_elsewhere"


def test_row_37_complexity_without_length_is_weak():
    text = "[System Access]\nMinimumPasswordLength = 0\nPasswordComplexity = 1\n"
    assert password.password_complexity(text) == 1
    assert password.password_complexity("[Other]\nPasswordComplexity = 1\n") is None
    name = "windows-11-education-classroom-nobody-signed-in"
    assert of(name, "password.policy") == "fail weak"


def test_row_42_a_laptop_that_was_off_for_half_term_gets_two_hours():
    assert of("windows-11-pro-after-half-term", "malware.current") == "unknown just_started"


def test_windows_complexity_is_three_kinds_and_not_the_policys_four():
    host = Changed("windows-11-pro-no-rights", {
        "call:security.policy": "[System Access]\nPasswordComplexity = 1\n",
        "call:net.modals": Row({"min_length": 8, "lockout_threshold": 10}),
    })  # fmt: skip
    assert of(host, "password.policy", "school-s11") == "fail weak"


def test_a_session_whose_idle_time_windows_does_not_say_proves_nothing():
    host = RecordedHost(recorded_host.HOSTS / "windows-wine-10-captured")
    (session,) = host.sessions().value
    assert session.idle_since is None
    assert of("windows-wine-10-captured", "lock.observed") == "unknown unsupported"


def test_every_check_that_looks_at_a_machine_has_an_observer_on_windows():
    assert [c.id for c in CHECKS if System.WINDOWS not in c.observers] == []


def test_datetimes_of_windows_are_read_without_the_locale():
    assert os_support.reg.cim_datetime("20261125030000.000000+060") == datetime(
        2026, 11, 25, 2, 0, tzinfo=UTC
    )
    assert os_support.reg.cim_datetime("25.11.2026 03:00") is None
    assert os_support.reg.filetime(0, 0) is None
