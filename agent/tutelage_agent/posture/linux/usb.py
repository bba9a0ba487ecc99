"""USB disks on Linux: USBGuard, kernel modules that cannot load, unauthorised buses; autorun."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux.desktops import Settings, gsettings, offered, seats
from tutelage_agent.posture.linux.ini import last, parse_ini
from tutelage_agent.posture.words import UsbStorage

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_MODULES = ("usb_storage", "uas")
_MODPROBE = ("/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d")
_NOTHING = re.compile(r"^(?:/usr)?/bin/(?:true|false)$")
_MEDIA = {
    "gnome": "org.gnome.desktop.media-handling",
    "cinnamon": "org.cinnamon.desktop.media-handling",
}


def refused_modules(text: str) -> frozenset[str]:
    """Return the modules that modprobe.d(5) replaces by nothing: ``install uas /bin/false``.

    ``blacklist`` is not enough: another module, or anybody with a command, still loads them.
    """
    found = set()
    for line in text.splitlines():
        fields = line.partition("#")[0].split()
        if len(fields) == 3 and fields[0] == "install" and _NOTHING.match(fields[2]):
            found.add(fields[1].replace("-", "_"))
    return frozenset(found)


def _modprobe(host: Host) -> Reading[frozenset[str]]:
    refused: set[str] = set()
    for folder in _MODPROBE:
        names = host.folder(folder)
        if not names.seen and names.outcome is not Outcome.ABSENT:
            return nothing(names.outcome, folder)
        for name in names.value if names.seen else ():
            if name.endswith(".conf"):
                text = host.text(f"{folder}/{name}")
                if not text.seen:
                    return nothing(text.outcome, name)
                refused |= refused_modules(text.value)
    return value(frozenset(refused))


def _present(host: Host) -> Reading[bool]:
    """Tell whether one of the drivers is loaded now, or is part of the kernel."""
    loaded = host.text("/proc/modules")
    if not loaded.seen:
        return nothing(loaded.outcome, loaded.detail)
    names = {line.split(" ")[0] for line in loaded.value.splitlines()}
    if names & set(_MODULES):
        return value(found=True)
    release = host.text("/proc/sys/kernel/osrelease")
    version = release.value.strip() if release.seen else ""
    # The kernel's own configuration first: the agent's service may not see the modules.
    config = host.text(f"/boot/config-{version}")
    if config.seen:
        return value("\nCONFIG_USB_STORAGE=y\n" in f"\n{config.value}")
    built_in = host.text(f"/lib/modules/{version}/modules.builtin")
    if not built_in.seen:
        return nothing(built_in.outcome, "modules.builtin")
    stems = {line.rsplit("/", 1)[-1].removesuffix(".ko") for line in built_in.value.splitlines()}
    return value(bool({s.replace("-", "_") for s in stems} & set(_MODULES)))


def _usbguard(host: Host) -> bool:
    """Tell whether USBGuard runs and blocks what no rule allows."""
    text = host.text("/etc/usbguard/usbguard-daemon.conf")
    if not text.seen:
        return False
    target = last(parse_ini(text.value), "", "ImplicitPolicyTarget") or ""
    running = host.processes()
    # A process name has at most 15 characters.
    return target == "block" and running.seen and "usbguard-daemon" in running.value


def _unauthorised(host: Host) -> bool:
    """Tell whether every USB bus starts new devices unauthorised."""
    names = host.folder("/sys/bus/usb/devices")
    buses = [name for name in names.value if re.fullmatch(r"usb\d+", name)] if names.seen else []
    flags = [host.text(f"/sys/bus/usb/devices/{bus}/authorized_default") for bus in buses]
    return bool(flags) and all(flag.seen and flag.value.strip() == "0" for flag in flags)


def storage(host: Host) -> Reading[tuple[str, str]]:
    """Return what happens to a USB disk, and the source that says so."""
    if _usbguard(host):
        return value((str(UsbStorage.BLOCKED), "usbguard"))
    if _unauthorised(host):
        return value((str(UsbStorage.BLOCKED), "sysfs:authorized_default"))
    refused = _modprobe(host)
    if not refused.seen:
        return nothing(refused.outcome, refused.detail)
    if not set(_MODULES) <= refused.value:
        return value((str(UsbStorage.OPEN), "modprobe.d"))
    present = _present(host)
    if not present.seen:
        return nothing(present.outcome, present.detail)
    found = UsbStorage.OPEN if present.value else UsbStorage.BLOCKED
    return value((str(found), "modprobe.d + modules"))


def observe_storage(host: Host) -> tuple[Observation, ...]:
    """Look at everything that can keep a USB disk out, and at what is plugged in."""
    found = storage(host)
    if not found.seen:
        return (missed(host, "usb_storage", found.outcome, "modprobe.d", raw=found.detail),)
    what, source = found.value
    names = host.folder("/sys/block")
    disks = [name for name in names.value if name.startswith("sd")] if names.seen else []
    plugged = 0
    for name in disks:
        flag = host.text(f"/sys/block/{name}/removable")
        plugged += flag.seen and flag.value.strip() == "1"
    return (
        saw(host, "usb_storage", what, source),
        saw(host, "plugged_in", plugged, "sysfs:removable", needed=False),
    )


def _autoruns(schema: str, settings: Settings) -> bool | None:
    never = settings.truth(schema, "autorun-never")
    return None if never is None else not never


def observe_autorun(host: Host) -> tuple[Observation, ...]:
    """Look whether a desktop would start what is on a medium; only GNOME's family could."""
    names = offered(host)
    if not names.seen:
        return (missed(host, "autorun", names.outcome, "sessions"),)
    if not names.value:
        return (saw(host, "autorun", found=False, source="no desktop"),)
    sessions = seats(host)
    if not sessions.seen:
        return (missed(host, "autorun", sessions.outcome, "logind", raw=sessions.detail),)
    if not sessions.value:
        raw = "nobody is signed in"
        return (missed(host, "autorun", Outcome.NO_USER_CONTEXT, "logind", raw=raw),)
    found = []
    for session in {s.account: s for s in sessions.value}.values():
        subject = host.pseudonym(session.account)
        if session.desktop == "kde":
            # Plasma's device notifier offers actions and starts none.
            found.append(saw(host, "autorun", found=False, source="kde", subject=subject))
            continue
        if session.desktop not in _MEDIA:
            raw = f"the settings of {session.desktop or 'this desktop'} are not known to us"
            found.append(
                missed(host, "autorun", Outcome.UNSUPPORTED, "none", subject=subject, raw=raw)
            )
            continue
        schema = _MEDIA[session.desktop]
        reading = gsettings(host, session.account, schema).map(partial(_autoruns, schema))
        found.append(observed(host, "autorun", reading, "gsettings", subject=subject))
    return tuple(found)
