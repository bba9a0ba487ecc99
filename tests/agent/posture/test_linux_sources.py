"""What Linux sources say, read as their own documentation means it."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta

import pytest

from posture_facts import NOW
from tutelage_agent.host import Row
from tutelage_agent.posture.linux import (
    administrator,
    apt_conf,
    automatic,
    browser,
    dconf,
    fixes,
    kscreenlocker,
    malware,
    nftables,
    os_support,
    pam,
    password,
    restart,
    sign_ins,
    usb,
)
from tutelage_agent.posture.words import AutomaticUpdates, EngineState


@pytest.mark.parametrize(
    ("running", "installed", "newest"),
    [
        ("6.1.0-9-amd64", ("6.1.0-9-amd64", "6.1.0-41-amd64"), "6.1.0-41-amd64"),
        ("6.8.0-88-generic", ("6.8.0-88-generic", "6.8.0-9-generic"), "6.8.0-88-generic"),
        (
            "6.17.9-300.fc43.x86_64",
            ("6.17.9-300.fc43.x86_64", "6.18.1-200.fc44.x86_64"),
            "6.18.1-200.fc44.x86_64",
        ),
    ],
)
def test_the_newest_kernel_is_found_by_its_numbers(running, installed, newest):
    same = tuple(n for n in installed if restart.flavour(n) == restart.flavour(running))
    assert restart.newest_kernel(same) == newest


def test_another_kind_of_kernel_asks_for_no_restart():
    assert restart.flavour("6.12.57-1-lts") != restart.flavour("6.17.8-arch1-1")


@pytest.mark.parametrize(
    ("line", "origin", "here"),
    [
        ("tty2", "tty2", True),
        (":0", ":0", True),
        ("seat0", "", True),
        ("pts/0", "192.0.2.7", False),
        ("pts/1", "", False),
        ("tty7", "192.0.2.7", False),
        ("~", "6.1.0-41-amd64", False),
    ],
)
def test_only_this_machines_own_screen_is_the_keyboard(line, origin, here):
    assert sign_ins.keyboard(line, origin) is here


def test_wtmp_gives_people_and_not_boots_and_not_their_windows():
    row = struct.Struct("<hxxi32s4s32s256shhiii16s20s")

    def record(kind, line, name, host, seconds):
        return row.pack(kind, 1, line, b"", name, host, 0, 0, 1, seconds, 0, b"", b"")

    content = (
        record(2, b"~", b"reboot", b"6.1.0", 1790000000)
        + record(7, b"tty2", b"person1", b"tty2", 1790000100)
        + record(7, b"pts/0", b"person1", b"", 1790000200)
        + record(8, b"tty2", b"", b"", 1790000300)
    )
    found = sign_ins.parse_wtmp(content)
    assert [(s.name, s.at.timestamp()) for s in found] == [("person1", 1790000100)]
    assert sign_ins.parse_wtmp(content[:-1]) is None, "another machine's record size"


def test_a_database_of_sign_ins_is_read_like_wtmp():
    rows = (
        Row({"name": "person1", "time": 1790000100, "tty": "tty2", "host": ""}),
        Row({"name": "person2", "time": 1790000100, "tty": "pts/3", "host": "192.0.2.1"}),
        Row({"name": "person3", "time": 0, "tty": "tty2", "host": ""}),
    )
    assert [s.name for s in sign_ins.from_rows(rows)] == ["person1"]


def test_clamavs_own_header_gives_the_time_of_building():
    # As sigtool 1.4.6 wrote it here on 2026-11-26.
    header = (
        b"ClamAV-VDB:26 Nov 2026 02-06 +0000:1:1:216:27c643459b163e4e660af3777e385547:X:tutelage:"
        b"1795658773"
    )
    built = datetime(2026, 11, 26, 2, 6, 13, tzinfo=UTC)
    assert malware.clamav_built_at(header.ljust(512)) == built
    without = header.rpartition(b":")[0]
    assert malware.clamav_built_at(without) == built.replace(second=0)
    assert malware.clamav_built_at(b"PK\x03\x04") is None


def test_defenders_own_words_are_read_plain_and_wrapped():
    plain = {
        "realTimeProtectionEnabled": True, "passiveModeEnabled": False,
        "definitionsStatus": {"$type": "upToDate"}, "definitionsUpdatedMinutesAgo": 60,
    }  # fmt: skip
    told = malware.parse_mdatp(json.dumps(plain), NOW)
    assert (told.state, told.real_time) == (EngineState.ON, True)
    assert told.definitions_at == NOW - timedelta(hours=1)
    wrapped = dict(plain, realTimeProtectionEnabled={"$type": "x", "value": False})
    assert malware.parse_mdatp(json.dumps(wrapped), NOW).real_time is False
    assert malware.parse_mdatp(json.dumps({"healthy": True}), NOW) is None
    assert malware.parse_mdatp(json.dumps(dict(plain, licensed=False)), NOW).state == "expired"


def test_apts_simulation_names_safety_fixes_only():
    text = (
        "NOTE: This is only a simulation!\n"
        "Inst openssl [3.0.15-1] (3.0.17-1~deb12u3 Debian-Security:12/oldstable-security [amd64])\n"
        "Inst tzdata [2024a] (2026b-0 Debian:12.12/oldstable-updates [all])\n"
        "Inst linux-image-6.1.0-41-amd64 (6.1.158-1 Debian-Security:12/oldstable-security, "
        "Debian:12.12/oldstable [amd64])\n"
        "Conf openssl (3.0.17-1~deb12u3 Debian-Security:12/oldstable-security [amd64])\n"
    )
    assert fixes.parse_apt(text) == (
        "openssl=3.0.17-1~deb12u3", "linux-image-6.1.0-41-amd64=6.1.158-1",
    )  # fmt: skip


def test_apts_settings_are_the_same_nested_and_flat_and_the_last_counts():
    nested = 'APT { Periodic { Unattended-Upgrade "0"; Update-Package-Lists "1"; }; };'
    flat = 'APT::Periodic::Unattended-Upgrade "1"; // on\n# APT::Periodic::Enable "0";\n'
    found = apt_conf.settings(apt_conf.parse(nested + flat))
    assert found["apt::periodic::unattended-upgrade"] == ("0", "1")
    assert "apt::periodic::enable" not in found
    cleared = apt_conf.settings(apt_conf.parse(nested + "\n#clear APT::Periodic;\n"))
    assert cleared == {}


@pytest.mark.parametrize(
    ("conf", "upgrader", "expected"),
    [
        ("", True, AutomaticUpdates.OFF),
        ('APT::Periodic::Update-Package-Lists "1";', True, AutomaticUpdates.NOTIFY),
        (
            'APT::Periodic::Update-Package-Lists "1";'
            'APT::Periodic::Download-Upgradeable-Packages "1";',
            True,
            AutomaticUpdates.DOWNLOAD,
        ),
    ],
)
def test_automatic_is_only_what_really_installs(conf, upgrader, expected):
    found = apt_conf.settings(apt_conf.parse(conf))
    assert automatic.apt_periodic(found, upgrader=upgrader) is expected


def test_unattended_upgrades_without_the_security_archive_installs_no_safety_fix():
    both = 'APT::Periodic::Update-Package-Lists "1"; APT::Periodic::Unattended-Upgrade "1";'
    other = 'Unattended-Upgrade::Allowed-Origins { "${distro_id}:${distro_codename}-updates"; };'
    safe = 'Unattended-Upgrade::Allowed-Origins { "${distro_id}:${distro_codename}-security"; };'

    def says(text):
        return automatic.apt_periodic(apt_conf.settings(apt_conf.parse(text)), upgrader=True)

    assert says(both + other) is AutomaticUpdates.NOTIFY
    assert says(both + safe) is AutomaticUpdates.INSTALL


@pytest.mark.parametrize(
    ("machine", "own", "seconds", "enforced"),
    [
        ("", "", 305, False),
        ("", "[Daemon]\nTimeout=0\n", 0, False),
        ("", "[Daemon]\nTimeout=7.5\nLockGrace=0\n", 450, False),
        ("", "[Daemon]\nRequirePassword=false\n", 0, False),
        ("[Daemon]\nTimeout[$i]=10\nAutolock[$i]=true\n", "[Daemon]\nTimeout=60\n", 605, True),
        ("[Daemon][$i]\nTimeout=10\n", "[Daemon]\nAutolock=false\n", 605, True),
        ("[Daemon]\nTimeout=10\n", "[Daemon]\nAutolock=false\n", 0, False),
    ],
)
def test_kdes_lock_is_the_accounts_unless_the_machines_is_fixed(machine, own, seconds, enforced):
    found = kscreenlocker.daemon(machine, own)
    assert (found.seconds, found.enforced) == (seconds, enforced)


def test_dconf_keeps_what_is_in_a_keyfile_and_what_is_locked():
    keys = dconf.parse_keyfile("[org/gnome/desktop/session]\nidle-delay=uint32 300\n# x=1\n")
    assert keys == {"/org/gnome/desktop/session/idle-delay": "300"}
    assert dconf.parse_locks("# none\n/org/gnome/desktop/session/idle-delay\n") == {
        "/org/gnome/desktop/session/idle-delay"
    }
    assert dconf.parse_profile("user-db:user\nsystem-db:strong\nsystem-db:weak\n") == (
        "weak", "strong",
    )  # fmt: skip


def ruleset(*rules, policy="accept"):
    chain = {"family": "inet", "table": "f", "name": "in", "hook": "input", "policy": policy}
    rows = [{"chain": chain}]
    rows += [
        {"rule": {"family": "inet", "table": "f", "chain": name, "expr": expr}}
        for name, expr in rules
    ]
    return nftables.inbound(nftables.parse(json.dumps({"nftables": rows})), "ip6")


CONDITION = {"match": {"op": "==", "left": {"meta": {"key": "iif"}}, "right": "lo"}}


@pytest.mark.parametrize(
    ("rules", "policy", "expected"),
    [
        ((), "accept", "allow"),
        ((), "drop", "block"),
        ((("in", [CONDITION, {"drop": None}]),), "accept", "allow"),
        ((("in", [{"counter": None}, {"drop": None}]),), "accept", "block"),
        ((("in", [{"accept": None}]), ("in", [{"drop": None}])), "drop", "allow"),
        ((("in", [{"jump": {"target": "x"}}]), ("x", [{"reject": None}])), "accept", "block"),
        ((("in", [{"jump": {"target": "x"}}]), ("x", [{"return": None}])), "drop", "block"),
        ((("in", [{"goto": {"target": "in"}}]),), "accept", "allow"),
    ],
)
def test_a_packet_that_no_rule_names_is_followed_through_the_chains(rules, policy, expected):
    assert ruleset(*rules, policy=policy) == expected


def test_os_release_is_read_with_its_quotes_and_a_rolling_release_has_no_version():
    fields = os_support.parse_os_release('ID="debian"\nVERSION_ID="12"\n#X=1\nNAME=\'a b\'\n')
    assert os_support.product(fields) == ("debian", "12")
    assert fields["NAME"] == "a b"
    assert os_support.product({"ID": "arch"}) == ("arch", "")


def test_sudoers_counts_who_may_do_everything_and_not_who_may_do_something():
    found = administrator.parse_sudoers(
        "Defaults env_reset\n%sudo ALL=(ALL:ALL) ALL\nperson1 ALL=(root) NOPASSWD: /usr/bin/apt\n"
        "person2 ALL = NOPASSWD: ALL\n# person3 ALL=ALL\n"
    )
    assert (found.accounts, found.groups) == ({"person2"}, {"sudo"})


def test_a_module_is_refused_by_install_and_not_by_blacklist():
    text = "blacklist usb-storage\ninstall uas /bin/false # no\ninstall x /sbin/modprobe y\n"
    assert usb.refused_modules(text) == {"uas"}


@pytest.mark.parametrize(
    ("parser", "text", "signs_in"),
    [
        (password.gdm, "[daemon]\nAutomaticLoginEnable = TRUE\nAutomaticLogin=a\n", True),
        (password.gdm, "[daemon]\n#AutomaticLoginEnable=true\nAutomaticLogin=a\n", False),
        (password.gdm, "[daemon]\nTimedLoginEnable=1\nTimedLogin=a\n", True),
        (password.sddm, "[Autologin]\nUser=\n", False),
        (password.lightdm, "[Seat:*]\nautologin-user=a\n", True),
        (password.greetd, '[initial_session]\ncommand = "sway"\nuser = "a"\n', True),
        (password.getty, "[Service]\nExecStart=-/sbin/agetty --noclear tty1\n", False),
    ],
)
def test_automatic_sign_in_is_a_setting_and_not_a_comment(parser, text, signs_in):
    assert parser(text) is signs_in


@pytest.mark.parametrize(
    ("lines", "attempts"),
    [
        ("auth required pam_faillock.so preauth deny=5\nauth required pam_unix.so\n", 0),
        ("auth [default=die] pam_faillock.so authfail deny=5\n", 0),
        ("auth required pam_faillock.so preauth\nauth [default=die] pam_faillock.so authfail\n", 3),
        (
            "auth required pam_faillock.so preauth deny=5\n"
            "auth [default=die] pam_faillock.so authfail deny=50\n",
            50,
        ),
        ("auth required pam_tally2.so deny=6\n", 6),
    ],
)
def test_an_account_is_locked_by_two_lines_and_not_by_one(lines, attempts):
    steps = tuple(s for s in pam.parse_stack(lines, "auth") if isinstance(s, pam.Step))
    assert pam.lockout(steps, "") == attempts


def test_quality_rules_of_an_optional_module_insist_on_nothing():
    def rules(control):
        text = (
            f"password {control} pam_pwquality.so minlen=12 minclass=4\n"
            "password required pam_unix.so\n"
        )
        steps = pam.parse_stack(text, "password")
        return pam.rules(tuple(s for s in steps if isinstance(s, pam.Step)), "")

    assert rules("requisite").active
    assert not rules("optional").active


def test_positive_credits_shorten_a_password():
    text = "password requisite pam_pwquality.so minlen=8 dcredit=1 ucredit=1\n"
    steps = tuple(s for s in pam.parse_stack(text, "password") if isinstance(s, pam.Step))
    assert pam.rules(steps, "").min_length == 6


def test_browsers_are_only_believed_from_a_list_that_knows_its_own_manager():
    assert browser.parse_packages("firefox-esr\t140.5.0esr-1\tinstalled\n") is None
    rows = (
        "dpkg\t1.22\tinstalled\nfirefox\t1:1snap1-0ubuntu5\tinstalled\nchromium\t\tnot-installed\n"
    )
    assert browser.parse_packages(rows) == ()


def test_a_chromium_policy_locks_what_it_says_and_no_more():
    policy = browser.chromium_policy(
        (
            '{"ForceGoogleSafeSearch": true}',
            '{"ExtensionSettings": {"*": {"installation_mode": "blocked"}}}',
        )
    )
    assert browser.chromium_locks("chrome", policy) == {
        "safe_search_locked": True, "extensions_restricted": True, "private_windows_off": False,
    }  # fmt: skip
