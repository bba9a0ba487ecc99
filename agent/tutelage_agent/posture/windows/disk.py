"""BitLocker: what each fixed volume's protection is worth.

The first source is WMI's *methods*: its properties are stale on Windows 11 (posture.md section
15, row 1). The second is a property of the shell, which needs no rights and knows no percentage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Row, nothing, value
from tutelage_agent.posture.facts import ladder, missed, observed, saw
from tutelage_agent.posture.windows import registry as reg
from tutelage_agent.posture.words import Protection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Host, Reading
    from tutelage_agent.posture.model import Observation

_TPM = 1
_FULLY_DECRYPTED, _FULLY_ENCRYPTED = 0, 1
_METHODS = {
    3: "AES 128", 4: "AES 256", 5: "hardware", 6: "XTS-AES 128", 7: "XTS-AES 256",
    1: "AES 128 with diffuser", 2: "AES 256 with diffuser",
}  # fmt: skip

SHELL: Mapping[int, Protection] = {
    1: Protection.ON,
    2: Protection.OFF,
    3: Protection.IN_PROGRESS,
    4: Protection.DECRYPTING,
    5: Protection.SUSPENDED,
    6: Protection.LOCKED,
    8: Protection.WAITING_ACTIVATION,
}
"""``System.Volume.BitLockerProtection``. 7 is "cannot be encrypted": no statement of ours."""


def protection(row: Row, shell: int | None = None) -> Protection | None:
    """Return what the methods of ``Win32_EncryptableVolume`` say of a volume; None: nothing.

    Args:
        row: ``protection`` (0 off, 1 on, 2 unknown), ``conversion`` (0 to 5), ``lock``,
            ``protectors`` (types) and ``suspend_count``, each where its method gave one.
        shell: the shell property, which tells suspended from waiting.
    """
    on, conversion = row.integer("protection"), row.integer("conversion")
    if on == 2 or row.integer("lock") == 1:
        return Protection.LOCKED
    match conversion:
        case 0:
            return Protection.OFF
        case 2 | 4:
            return Protection.IN_PROGRESS
        case 3 | 5:
            return Protection.DECRYPTING
        case 1:
            pass
        case _:
            return None
    if on == 1:
        return Protection.ON
    if on != 0:
        return None
    # Encrypted, with the key in the clear: somebody suspended it, or it was never activated.
    if row.integer("suspend_count") is not None or shell == 5:
        return Protection.SUSPENDED
    protectors = row.fields.get("protectors")
    if shell == 8 or protectors == () or protectors == (_TPM,):
        return Protection.WAITING_ACTIVATION
    return Protection.SUSPENDED


def detail(row: Row) -> str:
    """Return a volume's method and, while it is being encrypted, how far it is."""
    words = [_METHODS.get(row.integer("method") or 0, "")]
    if row.integer("conversion") not in {_FULLY_DECRYPTED, _FULLY_ENCRYPTED}:
        percent = row.integer("percent")
        words.append(f"{percent} %" if percent is not None else "")
    count = row.integer("suspend_count")
    if count:
        words.append(f"resumes after {count} restarts")
    return ", ".join(word for word in words if word)


def rows_by_letter(found: object) -> dict[str, Row] | None:
    """Return letter -> row of ``bitlocker.volumes``; None for another answer."""
    if not isinstance(found, tuple) or not all(isinstance(row, Row) for row in found):
        return None
    return {
        (row.text("letter") or "").upper(): row
        for row in found
        if isinstance(row, Row) and row.text("letter")
    }


def letters(found: object) -> tuple[str, ...] | None:
    """Return the letters of fixed volumes of the answer of ``volumes``; None for another."""
    if not isinstance(found, tuple) or not found:
        return None
    fixed = []
    for row in found:
        letter = row.text("letter") if isinstance(row, Row) else None
        if not isinstance(row, Row) or letter is None or row.text("kind") is None:
            return None
        if row.text("kind") == "fixed":
            fixed.append(letter.upper())
    return tuple(fixed)


def system_letter(host: Host) -> Reading[str]:
    """Return the letter of the volume that Windows runs from: ``C:``."""
    root = reg.words(host, reg.CURRENT, "SystemRoot")
    if root.outcome is Outcome.ABSENT:
        return nothing(Outcome.ERROR, "SystemRoot is missing")
    return root.map(
        lambda path: path[:2].upper() if path[1:2] == ":" and path[:1].isalpha() else None
    )


def observe_system(host: Host) -> tuple[Observation, ...]:
    """Look at the volume that Windows runs from."""
    letter = system_letter(host)
    if not letter.seen:
        return (missed(host, "volumes", letter.outcome, "SystemRoot", raw=letter.detail),)
    volumes = saw(host, "volumes", (f"volume:{letter.value}",), "SystemRoot")
    return (volumes, *_volume(host, letter.value))


def observe_data(host: Host) -> tuple[Observation, ...]:
    """Look at every other fixed volume with a letter."""
    found = host.call("volumes").map(letters)
    letter = system_letter(host)
    if not found.seen or not letter.seen:
        reading = found if not found.seen else letter.map(lambda _: ())
        return (observed(host, "volumes", reading, "GetLogicalDrives"),)
    if letter.value not in found.value:
        # The list does not even have the volume that Windows runs from.
        return (missed(host, "volumes", Outcome.ERROR, "GetLogicalDrives", raw="no system volume"),)
    data = tuple(other for other in found.value if other != letter.value)
    observations = [saw(host, "volumes", tuple(f"volume:{x}" for x in data), "GetLogicalDrives")]
    for other in data:
        observations += _volume(host, other)
    return tuple(observations)


def _volume(host: Host, letter: str) -> list[Observation]:
    subject = f"volume:{letter}"
    rows = host.call("bitlocker.volumes").map(rows_by_letter)
    shell = host.call("shell.bitlocker", letter)
    known = shell.value if shell.seen and isinstance(shell.value, int) else None

    def by_methods() -> Reading[str]:
        if not rows.seen:
            return nothing(rows.outcome, rows.detail)
        row = rows.value.get(letter)
        if row is None:
            return nothing(Outcome.UNSUPPORTED, "no volume that BitLocker knows")
        state = protection(row, known)
        if state is None:
            return nothing(
                Outcome.ERROR, f"BitLocker's answer is not understood: {dict(row.fields)}"
            )
        return value(str(state))

    def by_shell() -> Reading[str]:
        if not shell.seen:
            return nothing(shell.outcome, shell.detail)
        if known == 7:
            return nothing(Outcome.UNSUPPORTED, "not a volume that BitLocker can encrypt")
        return shell.map(lambda n: str(SHELL[n]) if isinstance(n, int) and n in SHELL else None)

    found = [
        ladder(host, "protection", (
            ("wmi:Win32_EncryptableVolume methods", by_methods),
            ("shell:BitLockerProtection", by_shell),
        ), subject=subject)
    ]  # fmt: skip
    row = rows.value.get(letter) if rows.seen else None
    if row is not None and found[0].rung == 0 and (words := detail(row)):
        found.append(
            saw(host, "encryption_detail", words, "wmi:GetEncryptionMethod", subject=subject,
                needed=False)
        )  # fmt: skip
    return found
