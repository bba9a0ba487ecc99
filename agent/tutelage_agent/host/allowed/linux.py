"""The programs that the agent may run on Linux. Files, sysfs and D-Bus answer most questions."""

from __future__ import annotations

from tutelage_agent.host import Command

_GSETTINGS_KEYS = "|".join(
    (
        r"org\.gnome\.desktop\.session",
        r"org\.gnome\.desktop\.screensaver",
        r"org\.gnome\.desktop\.lockdown",
        r"org\.gnome\.desktop\.media-handling",
        r"org\.cinnamon\.desktop\.session",
        r"org\.cinnamon\.desktop\.screensaver",
        r"org\.cinnamon\.desktop\.lockdown",
        r"org\.cinnamon\.desktop\.media-handling",
    )
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "apt-upgrade-simulate",
        ("/usr/bin/apt-get",),
        (
            "-s",
            "-o",
            "Debug::NoLocking=1",
            "-o",
            "Apt::Cmd::Disable-Script-Warning=1",
            "dist-upgrade",
        ),
        timeout=120.0,
    ),
    Command(
        "dpkg-browsers",
        ("/usr/bin/dpkg-query",),
        (
            "-W",
            "-f",
            "${Package}\\t${Version}\\t${db:Status-Status}\\n",
            "dpkg",
            "chromium",
            "chromium-browser",
            "firefox",
            "firefox-esr",
            "google-chrome-stable",
            "microsoft-edge-stable",
            "brave-browser",
        ),
        timeout=10.0,
        codes=frozenset({0, 1}),
    ),
    Command(
        "rpm-browsers",
        ("/usr/bin/rpm",),
        (
            "-q",
            "--qf",
            "%{NAME}\\t%{VERSION}\\tinstalled\\n",
            "rpm",
            "chromium",
            "firefox",
            "google-chrome-stable",
            "microsoft-edge-stable",
            "brave-browser",
        ),
        timeout=10.0,
        codes=frozenset(range(16)),
    ),
    Command(
        "dnf-security",
        ("/usr/bin/dnf5", "/usr/bin/dnf"),
        ("-C", "-q", "check-update", "--security"),
        timeout=120.0,
        codes=frozenset({0, 100}),
    ),
    Command(
        "gsettings-list",
        ("/usr/bin/gsettings",),
        ("list-recursively", "{0}"),
        parameters=(_GSETTINGS_KEYS,),
        timeout=5.0,
        as_account=True,
    ),
    Command(
        "gsettings-writable",
        ("/usr/bin/gsettings",),
        ("writable", "{0}", "{1}"),
        parameters=(_GSETTINGS_KEYS, r"[a-z-]{1,40}"),
        timeout=5.0,
        as_account=True,
    ),
    Command("nft-ruleset", ("/usr/sbin/nft", "/sbin/nft"), ("-j", "list", "ruleset")),
    Command("iptables-save", ("/usr/sbin/iptables-save", "/sbin/iptables-save"), ()),
    Command(
        "zfs-encryption",
        ("/usr/sbin/zfs", "/sbin/zfs"),
        ("get", "-Hp", "-o", "property,value", "encryption,keystatus", "{0}"),
        parameters=(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,254}",),
    ),
    Command(
        "mdatp-health",
        ("/usr/bin/mdatp", "/opt/microsoft/mdatp/sbin/wdavdaemonclient"),
        ("health", "--output", "json"),
        timeout=15.0,
    ),
    Command(
        "bduitool-status",
        ("/opt/bitdefender-security-tools/bin/bduitool",),
        ("get", "ps"),
        timeout=15.0,
    ),
    Command(
        "sentinelctl-status",
        ("/opt/sentinelone/bin/sentinelctl",),
        ("control", "status"),
        timeout=15.0,
    ),
)
