"""What posture looks like on macOS: parsers (pure, importable everywhere) and observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture.macos import (
    browser,
    disk,
    hardware,
    idle_lock,
    malware,
    password,
    people,
    updates,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

OBSERVERS: Mapping[str, Callable[[Host], tuple[Observation, ...]]] = {
    "password.policy": password.observe_policy,
    "password.present": password.observe_present,
    "password.auto_sign_in": password.observe_auto_sign_in,
    "password.lockout": password.observe_lockout,
    "disk.system": disk.observe_system,
    "disk.data": disk.observe_data,
    "lock.idle": idle_lock.observe_idle,
    "lock.wake": idle_lock.observe_wake,
    "lock.observed": idle_lock.observe_seen,
    "sharing.people": people.observe_people,
    "sharing.generic": password.observe_generic,
    "malware.protection": malware.observe,
    "malware.current": malware.observe,
    "os.supported": updates.observe_supported,
    "os.fixes": updates.observe_fixes,
    "os.restart": updates.observe_restart,
    "os.automatic": updates.observe_automatic,
    "os.paused": updates.observe_paused,
    "firewall.enabled": hardware.observe_firewall,
    "boot.secure": hardware.observe_secure_boot,
    "boot.tpm": hardware.observe_tpm,
    "usb.storage": hardware.observe_usb,
    "usb.autorun": hardware.observe_autorun,
    "browser.current": browser.observe_current,
    "browser.managed": browser.observe_managed,
    "account.administrator": people.observe_administrator,
}
"""Check id -> how to look."""
