"""The programs that the agent may run on macOS. Property lists answer most questions."""

from __future__ import annotations

from tutelage_agent.host import Command

_UID = r"[0-9]{1,10}"
_SYSADMINCTL = "/usr/sbin/sysadminctl"

COMMANDS: tuple[Command, ...] = (
    Command("filevault-status", ("/usr/bin/fdesetup",), ("status",), timeout=10.0),
    Command("apfs-list", ("/usr/sbin/diskutil",), ("apfs", "list", "-plist"), timeout=20.0),
    Command(
        "internal-disks", ("/usr/sbin/diskutil",), ("list", "-plist", "internal"), timeout=20.0
    ),
    Command("account-policies", ("/usr/bin/pwpolicy",), ("-getaccountpolicies",), timeout=10.0),
    Command(
        "accounts",
        ("/usr/bin/dscl",),
        ("-plist", ".", "-readall", "/Users", "UniqueID", "UserShell", "IsHidden",
         "AuthenticationAuthority"),
        timeout=15.0,
    ),
    Command(
        "administrators",
        ("/usr/bin/dscl",),
        ("-plist", ".", "-read", "/Groups/admin", "GroupMembership"),
        timeout=10.0,
    ),
    Command("sign-ins", ("/usr/bin/last",), (), timeout=10.0),
    Command("console-users", ("/usr/sbin/ioreg",), ("-n", "Root", "-d1", "-a"), timeout=10.0),
    Command("idle-time", ("/usr/sbin/ioreg",), ("-c", "IOHIDSystem", "-d4", "-a"), timeout=10.0),
    Command("screen-lock", (_SYSADMINCTL,), ("-screenLock", "status"), timeout=10.0),
    Command(
        "screen-lock-of",
        ("/bin/launchctl",),
        ("asuser", "{0}", "/usr/bin/sudo", "-n", "-u", "{1}", _SYSADMINCTL, "-screenLock",
         "status"),
        parameters=(_UID, "#" + _UID),
        timeout=10.0,
    ),
    Command("power-settings", ("/usr/bin/pmset",), ("-g", "custom"), timeout=10.0),
    Command("gatekeeper", ("/usr/sbin/spctl",), ("--status",), codes=frozenset({0, 1})),
    Command("xprotect", ("/usr/bin/xprotect",), ("status",), timeout=10.0),
    Command("launch-services", ("/bin/launchctl",), ("list",), timeout=10.0),
    Command(
        "firewall-state",
        ("/usr/libexec/ApplicationFirewall/socketfilterfw",),
        ("--getglobalstate",),
    ),
    Command(
        "secure-boot",
        ("/usr/sbin/system_profiler",),
        ("-json", "SPiBridgeDataType"),
        timeout=30.0,
    ),
    Command(
        "update-list", ("/usr/sbin/softwareupdate",), ("--list", "--no-scan"), timeout=300.0
    ),
)  # fmt: skip
"""``softwareupdate`` ends with 0 even when its scan failed: its text is read for that."""
