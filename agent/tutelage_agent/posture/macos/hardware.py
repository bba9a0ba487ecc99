"""A Mac's firewall, firmware and USB storage."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing
from tutelage_agent.posture.facts import ladder, missed, observed, saw
from tutelage_agent.posture.macos import plists
from tutelage_agent.posture.macos.programs import root_only
from tutelage_agent.posture.words import Firmware, UsbStorage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

HOST = "profile:host"


def parse_global_state(text: str) -> bool | None:
    """Return whether ``socketfilterfw --getglobalstate`` says on: 1, or 2 (block all).

    Only the number counts: the words beside it contradict it in a real capture.
    """
    match = re.search(r"\(State = ([0-9])\)", text)
    return {"0": False, "1": True, "2": True}.get(match[1]) if match else None


def observe_firewall(host: Host) -> tuple[Observation, ...]:
    """Ask the firewall itself; before macOS 15, its settings file (gone since: row 32)."""
    version = plists.system(host)

    def by_file() -> Reading[bool]:
        if not version.seen or version.value[0] >= 15:
            return nothing(Outcome.UNSUPPORTED, "no such file since macOS 15")
        table = plists.read(host, f"{plists.LOCAL}/com.apple.alf.plist")
        return table.map(lambda t: {0: False, 1: True, 2: True}.get(t.get("globalstate", -1)))

    enabled = ladder(host, "enabled", (
        ("socketfilterfw", lambda: root_only(host, "firewall-state").map(
            lambda r: parse_global_state(r.text))),
        ("plist:alf", by_file),
    ), subject=HOST)  # fmt: skip
    found = [saw(host, "profiles", (HOST,), "macOS"), enabled]
    if enabled.value is True:
        # While it is on, a program that nobody allowed gets no connection from outside.
        found.append(saw(host, "inbound", "block", "macOS", subject=HOST))
    found.append(saw(host, "by", "the application firewall", "macOS", needed=False))
    return tuple(found)


def parse_bridge(text: str) -> tuple[Firmware, bool | None] | None:
    """Return the firmware's kind and whether security is full, of ``SPiBridgeDataType``.

    An empty list is an Intel Mac without T2: nothing to switch on. None for another text.
    """
    try:
        rows = json.loads(text)["SPiBridgeDataType"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(rows, list):
        return None
    if not rows:
        return Firmware.OTHER, None
    row: Mapping[str, Any] = rows[0] if isinstance(rows[0], dict) else {}
    t2 = "T2" in str(row.get("ibridge_model_name", ""))
    level = row.get("ibridge_secure_boot")
    full = {"full security": True, "reduced security": False, "medium security": False,
            "permissive security": False, "no security": False}.get(
        str(level).strip().lower())  # fmt: skip
    return (Firmware.APPLE_T2 if t2 else Firmware.APPLE_SILICON), full


def _bridge(host: Host) -> Reading[tuple[Firmware, bool | None]]:
    return host.run("secure-boot").map(lambda result: parse_bridge(result.text))


def observe_secure_boot(host: Host) -> tuple[Observation, ...]:
    """Ask for the level of start-up security."""
    bridge, source = _bridge(host), "system_profiler:SPiBridgeDataType"
    found = [observed(host, "firmware", bridge.map(lambda b: str(b[0])), source)]
    if bridge.seen:
        found.append(observed(host, "secure_boot", bridge.map(lambda b: b[1]), source))
    return tuple(found)


def observe_tpm(host: Host) -> tuple[Observation, ...]:
    """Look for Apple's own security chip."""
    chip = _bridge(host).map(lambda b: "none" if b[0] is Firmware.OTHER else "built_in")
    return (observed(host, "tpm", chip, "system_profiler:SPiBridgeDataType"),)


def observe_usb(host: Host) -> tuple[Observation, ...]:
    """Look for the profile that forbids external disks; newer macOS may not keep to it."""
    source = "profile:systemuiserver mount-controls"
    table = plists.read(host, f"{plists.MANAGED}/com.apple.systemuiserver.plist")
    if table.outcome is Outcome.ABSENT:
        return (saw(host, "usb_storage", str(UsbStorage.OPEN), source),)
    if not table.seen:
        return (missed(host, "usb_storage", table.outcome, source, raw=table.detail),)
    controls = table.value.get("mount-controls")
    external = controls.get("harddisk-external") if isinstance(controls, dict) else None
    if not external:
        return (saw(host, "usb_storage", str(UsbStorage.OPEN), source),)
    raw = "a profile forbids external disks; whether this macOS keeps to it is not seen"
    return (missed(host, "usb_storage", Outcome.UNSUPPORTED, source, raw=raw),)


def observe_autorun(host: Host) -> tuple[Observation, ...]:
    """Say that macOS starts nothing from a medium by itself."""
    return (saw(host, "autorun", found=False, source="macOS has none"),)
