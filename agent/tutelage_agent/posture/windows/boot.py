"""Secure Boot and the TPM of a Windows device: registry and two calls, without rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing
from tutelage_agent.posture.facts import observed, saw
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.words import Firmware

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

_STATE = r"HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State"
_FIRMWARE = {1: Firmware.BIOS, 2: Firmware.UEFI}
"""``GetFirmwareType``; 0 is unknown."""
_TPM = {0: "none", 1: "1.2", 2: "2.0"}
"""``TPM_DEVICE_INFO.tpmVersion``; 0 stands for "no TPM found"."""


def observe_secure_boot(host: Host) -> tuple[Observation, ...]:
    """Look at the firmware's kind, and at the state that Windows noted when it started."""
    kind = host.call("firmware.type").map(
        lambda n: str(_FIRMWARE[n]) if isinstance(n, int) and n in _FIRMWARE else None
    )
    if not kind.seen and host.call("firmware.type").found == 0:
        kind = nothing(Outcome.UNSUPPORTED, "Windows does not know what kind of firmware this is")
    on = reg.whole(host, _STATE, "UEFISecureBootEnabled")
    if not kind.seen and on.seen:
        # The value is only there where the firmware is UEFI.
        firmware = saw(host, "firmware", str(Firmware.UEFI), "registry:SecureBoot", rung=1)
    else:
        firmware = observed(host, "firmware", kind, "GetFirmwareType")
    if firmware.value == Firmware.BIOS:
        return (firmware,)
    if on.outcome is Outcome.ABSENT:
        on = nothing(Outcome.UNSUPPORTED, "UEFI without a Secure Boot state")
    state = on.map(lambda number: {0: False, 1: True}.get(number))
    return (firmware, observed(host, "secure_boot", state, "registry:UEFISecureBootEnabled"))


def observe_tpm(host: Host) -> tuple[Observation, ...]:
    """Ask the TPM base services for the version."""
    version = host.call("tbs.version").map(
        lambda n: _TPM.get(n) if isinstance(n, int) and not isinstance(n, bool) else None
    )
    return (observed(host, "tpm", version, "Tbsi_GetDeviceInfo"),)
