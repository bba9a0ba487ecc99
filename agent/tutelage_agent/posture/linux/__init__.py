"""What posture looks like on Linux: parsers (pure, importable everywhere) and observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture import lock_samples
from tutelage_agent.posture.facts import observed
from tutelage_agent.posture.linux import (
    administrator,
    automatic,
    boot,
    browser,
    disk,
    firewall,
    fixes,
    idle_lock,
    malware,
    os_support,
    password,
    restart,
    sign_ins,
    usb,
)
from tutelage_agent.posture.linux.desktops import seats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation


def _observe_lock(host: Host) -> tuple[Observation, ...]:
    desktop = observed(host, "desktop", idle_lock.desktop_reading(host), "folder:xsessions")
    return lock_samples.observe(host, seats(host), desktop)


OBSERVERS: Mapping[str, Callable[[Host], tuple[Observation, ...]]] = {
    "password.policy": password.observe_policy,
    "password.present": password.observe_present,
    "password.auto_sign_in": password.observe_auto_sign_in,
    "password.lockout": password.observe_lockout,
    "disk.system": disk.observe_system,
    "disk.data": disk.observe_data,
    "lock.idle": idle_lock.observe_idle,
    "lock.wake": idle_lock.observe_wake,
    "lock.observed": _observe_lock,
    "sharing.people": sign_ins.observe_people,
    "sharing.generic": sign_ins.observe_generic,
    "malware.protection": malware.observe,
    "malware.current": malware.observe,
    "os.supported": os_support.observe,
    "os.fixes": fixes.observe,
    "os.restart": restart.observe,
    "os.automatic": automatic.observe,
    "os.paused": automatic.observe_paused,
    "firewall.enabled": firewall.observe,
    "boot.secure": boot.observe_secure_boot,
    "boot.tpm": boot.observe_tpm,
    "usb.storage": usb.observe_storage,
    "usb.autorun": usb.observe_autorun,
    "browser.current": browser.observe_current,
    "browser.managed": browser.observe_managed,
    "account.administrator": administrator.observe,
}
"""Check id -> how to look."""
