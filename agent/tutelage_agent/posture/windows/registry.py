"""Reading Windows' registry for checks: typed values, FILETIMEs, SIDs. Pure but for the door.

A value of another type than documented is ERROR, never a default: a school's policy tool that
writes text where Windows wants a number has set nothing, and that must show.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, nothing, value

if TYPE_CHECKING:
    from tutelage_agent.host import Host, Reading

CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
POLICIES = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies"
MDM = r"HKLM\SOFTWARE\Microsoft\PolicyManager\current\device"
"""Where a device management service's settings arrive (the Policy CSP's current values)."""

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_PERSON = re.compile(r"(?i)S-1-(?:5-21-\d+-\d+-\d+-\d+|12-1-\d+-\d+-\d+-\d+)")
_UNSET = 0xFFFFFFFF


def whole(host: Host, key: str, name: str) -> Reading[int]:
    """Return a DWORD or QWORD."""
    return host.registry(key, name).map(_as_number)


def words(host: Host, key: str, name: str) -> Reading[str]:
    """Return a text value, without blanks around it."""
    return host.registry(key, name).map(
        lambda found: found.strip("\0 ") if isinstance(found, str) else None
    )


def number(host: Host, key: str, name: str) -> Reading[int]:
    """Return a number that Windows keeps as text, or as a DWORD (the desktop's settings)."""
    return host.registry(key, name).map(number_of)


def default(reading: Reading[int], absent: int) -> Reading[int]:
    """Return ``reading``, with the documented meaning of a proved absence."""
    return value(absent) if reading.outcome is Outcome.ABSENT else reading


def first(*readings: Reading[int]) -> Reading[int]:
    """Return the first that is there: policy before setting. A refusal before it decides too."""
    for reading in readings:
        if reading.outcome is not Outcome.ABSENT:
            return reading
    return nothing(Outcome.ABSENT)


def number_of(found: object) -> int | None:
    """Return a whole number from a DWORD or from digits; None for anything else."""
    if isinstance(found, str):
        digits = found.strip("\0 ")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else None
    return _as_number(found)


def _as_number(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def filetime(high: int, low: int) -> datetime | None:
    """Return the moment of a FILETIME given as two halves (100 ns since 1601); None: never."""
    ticks = ((high & _UNSET) << 32) | (low & _UNSET)
    return filetime_of(ticks)


def filetime_of(ticks: int) -> datetime | None:
    """Return the moment of a FILETIME; None for zero, for "never", and beyond the calendar."""
    if ticks <= 0 or ticks >= 1 << 63:
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return moment if moment.year > 1601 else None  # 01.01.1601 is how zero looks elsewhere.


def filetime_bytes(content: object) -> datetime | None:
    """Return the moment of a FILETIME kept as 8 bytes, little end first."""
    if not isinstance(content, bytes) or len(content) != 8:
        return None
    return filetime_of(int.from_bytes(content, "little"))


def cim_datetime(text: str) -> datetime | None:
    """Return the moment of WMI's ``yyyymmddHHMMSS.ffffff+UUU`` (UUU: minutes east of UTC)."""
    match = re.fullmatch(r"([0-9]{14})\.([0-9]{6})([+-])([0-9]{3})", text.strip())
    if match is None:
        return None
    try:
        local = datetime.strptime(match[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        moment = local - timedelta(minutes=int(match[3] + match[4]))
    except (ValueError, OverflowError):
        return None
    return moment if moment.year > 1601 else None


def iso_moment(text: str) -> datetime | None:
    """Return the moment of an ISO 8601 text; without a zone it is UTC, as Windows writes it."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_person(sid: str) -> bool:
    """Tell whether a SID can be a person's: local or domain (S-1-5-21), or Entra (S-1-12-1)."""
    return _PERSON.fullmatch(sid) is not None


def relative_id(sid: str) -> int:
    """Return a SID's last number: 500 Administrator, 501 Guest, whatever they are called."""
    tail = sid.rpartition("-")[2]
    return int(tail) if tail.isascii() and tail.isdigit() and len(tail) < 11 else 0


def domain_of(sid: str) -> str:
    """Return a SID without its last number: the machine, or the domain."""
    return sid.rpartition("-")[0]
