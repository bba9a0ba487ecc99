"""Secure Boot and TPM on Linux: EFI variables and sysfs, no program, no rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.words import Firmware

if TYPE_CHECKING:
    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

_GUID = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
_EFI = "/sys/firmware/efi"


def efi_flag(content: bytes) -> bool | None:
    """Return a one-byte EFI variable: four bytes of attributes, then 0 or 1; None: another form."""
    if len(content) != 5 or content[4] > 1:
        return None
    return content[4] == 1


def observe_secure_boot(host: Host) -> tuple[Observation, ...]:
    """Look at the variables SecureBoot and SetupMode."""
    efi = host.folder(_EFI)
    if efi.outcome is Outcome.ABSENT:
        return (saw(host, "firmware", str(Firmware.BIOS), "sysfs:efi"),)
    if not efi.seen:
        return (missed(host, "firmware", efi.outcome, "sysfs:efi"),)
    found = [saw(host, "firmware", str(Firmware.UEFI), "sysfs:efi")]
    flag = host.read(f"{_EFI}/efivars/SecureBoot-{_GUID}").map(efi_flag)
    setup = host.read(f"{_EFI}/efivars/SetupMode-{_GUID}").map(efi_flag)
    if flag.seen and setup.seen and setup.value:
        # Anybody may enrol keys: nothing is really refused.
        flag = flag.map(lambda _: False)
    if flag.outcome is Outcome.ABSENT:
        # UEFI without the variable has no Secure Boot to switch on, or efivarfs is not mounted.
        mounted = host.folder(f"{_EFI}/efivars")
        if mounted.seen and mounted.value:
            return (*found, saw(host, "secure_boot", found=False, source="efivar absent"))
        return (
            *found,
            missed(host, "secure_boot", Outcome.UNSUPPORTED, "efivar", raw="efivarfs not mounted"),
        )
    return (*found, observed(host, "secure_boot", flag, "efivar"))


def observe_tpm(host: Host) -> tuple[Observation, ...]:
    """Look at the first TPM of sysfs."""
    chips = host.folder("/sys/class/tpm")
    if chips.outcome is Outcome.ABSENT or (chips.seen and not chips.value):
        return (saw(host, "tpm", "none", "sysfs:tpm"),)
    if not chips.seen:
        return (missed(host, "tpm", chips.outcome, "sysfs:tpm"),)
    version = host.text(f"/sys/class/tpm/{chips.value[0]}/tpm_version_major")
    known = version.map(lambda text: {"1": "1.2", "2": "2.0"}.get(text.strip()))
    return (observed(host, "tpm", known, "sysfs:tpm"),)
