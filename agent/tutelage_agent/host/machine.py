"""Which machine and which boot this is: for keys that fit no other machine, and for clocks."""

from __future__ import annotations

import hashlib
import platform
import socket
import sys
import uuid
from pathlib import Path

import psutil

_LINUX_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LINUX_MACHINE = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def boot_id() -> str:
    """Return 32 hex digits that change with each boot of this machine."""
    try:
        return uuid.UUID(_LINUX_BOOT.read_text(encoding="ascii").strip()).hex
    except (OSError, ValueError):
        # Rounded, because some systems compute the boot time anew from a drifting clock.
        booted = round(psutil.boot_time() / 10)
        return hashlib.sha256(f"tutelage/boot/{booted}".encode()).hexdigest()[:32]


def machine_id() -> bytes:
    """Return bytes that another machine does not have; used in key derivation only, never sent."""
    for path in _LINUX_MACHINE:
        try:
            found = path.read_bytes().strip()
        except OSError:
            continue
        if found:
            return found
    if sys.platform == "win32":
        import winreg

        with winreg.OpenKey(
            winreg.HKEY_LOCAL_MACHINE,
            r"SOFTWARE\Microsoft\Cryptography",
            0,
            winreg.KEY_READ | winreg.KEY_WOW64_64KEY,
        ) as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0]).encode()
    return uuid.getnode().to_bytes(6, "big")  # macOS: the first network address; made-up at worst


def machine_id_hash() -> str:
    """Return what may be sent as evidence of the machine: a hash of its id."""
    return hashlib.sha256(b"tutelage/machine/v1\x00" + machine_id()).hexdigest()[:32]


def label() -> str:
    """Return the name that ICT gave the machine. A label for people, never an identity."""
    return socket.gethostname()[:63]


def system() -> str:
    """Return system, version and architecture, as in ``linux 6.1 x86_64``."""
    name = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    release = platform.version() if name == "windows" else platform.release()
    return f"{name} {release} {platform.machine()}"
