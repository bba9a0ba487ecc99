"""Real parts of the machine that a test needs: skip with the reason at a desk, fail in CI.

``parts.need("chromium")`` returns the program's path. With ``CI=true`` in the environment a
missing part fails the test, so that a green CI run has really used every part.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PROGRAMS = {
    "chromium": ("chromium", "apt-get install chromium"),
    "clamscan": ("clamscan", "apt-get install clamav"),
    "dbus-run-session": ("dbus-run-session", "apt-get install dbus"),
    "gnome-keyring-daemon": ("gnome-keyring-daemon", "apt-get install gnome-keyring"),
    "gsettings": (
        "gsettings",
        "apt-get install libglib2.0-bin gsettings-desktop-schemas dconf-cli",
    ),
    "nft": ("nft", "apt-get install nftables"),
    "openbox": ("openbox", "apt-get install openbox"),
    "rsyslogd": ("rsyslogd", "apt-get install rsyslog rsyslog-relp rsyslog-gnutls"),
    "soffice": (
        "soffice",
        "apt-get install libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    ),
    "systemd-nspawn": ("systemd-nspawn", "apt-get install systemd-container"),
    "swtpm": ("swtpm", "apt-get install swtpm swtpm-tools tpm2-tools"),
    "xdotool": ("xdotool", "apt-get install xdotool"),
    "xterm": ("xterm", "apt-get install xterm"),
    "Xvfb": ("Xvfb", "apt-get install xvfb"),
}
"""Part -> (program, how to get it)."""


WINE = Path(os.environ.get("TUTELAGE_WINE", "/var/cache/tutelage-wine"))
"""Where ``.ci/wine`` puts a Windows Python under Wine 10; its ``python`` starts it."""


def need(part: str) -> Path:
    """Return the program's path, or skip (at a desk) or fail (in CI) with what to install.

    ``need("wine")`` returns a program that runs Windows' Python, as root only: it is a chroot.
    """
    if part == "wine":
        if not (WINE / "python").is_file() or os.geteuid() != 0:
            missing(f"no Windows Python in {WINE} (or not root): run .ci/wine as root")
        return WINE / "python"
    program, remedy = PROGRAMS[part]
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin:/usr/libexec")
    if found is None:
        missing(f"{program} is not on this machine: {remedy}")
    return Path(str(found))


def missing(reason: str) -> None:
    """Skip with ``reason``, or fail where every real part is required (``CI=true``)."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI requires every real part: {reason}")
    pytest.skip(reason)
