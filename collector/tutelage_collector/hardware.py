"""What hardware says about a device that joins: re-imaged, cloned, or trying too often. Pure.

Hardware numbers identify nothing (they are cloned, shared and left at what the factory forgot to
fill in); they help a person, and decide whether one is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.store.records import DeviceState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.store.records import Device, DeviceView, Evidence, Token

SILENT = timedelta(hours=24)
"""A device that was heard within this time is in use: another with its numbers is not it."""
_OFTEN, _OFTEN_WITHIN = 3, timedelta(hours=1)
_LEAST_DIFFERENT = 3
_JUNK = frozenset(
    {"to be filled by o.e.m.", "default string", "system serial number", "none", "unknown",
     "not specified", "not applicable", "o.e.m.", "123456789", "0123456789",
     "03000200-0400-0500-0006-000700080009"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Met:
    """What was found among the devices that are enrolled."""

    same: tuple[Device, ...]
    """Active ones with the same hardware, and not heard of for long: it was re-imaged."""
    in_use: tuple[Device, ...]
    """Active ones with the same hardware that were heard of lately: a clone, or a shared number."""
    too_often: bool
    """The same hardware joined again and again within an hour."""


def meet(said: Evidence, views: Iterable[DeviceView], now: datetime) -> Met:
    """Compare what a joining device says of itself with the enrolled ones."""
    same, in_use, lately = [], [], 0
    for view in views:
        device = view.device
        tpm = _good(said.tpm_ek_hash) and said.tpm_ek_hash == device.evidence.tpm_ek_hash
        if not (tpm or _alike(said, device.evidence)):
            continue
        lately += now - device.enrolled_at <= _OFTEN_WITHIN
        if device.state is not DeviceState.ACTIVE:
            continue
        heard = view.last_seen_at or device.enrolled_at
        if tpm or now - heard > SILENT:
            same.append(device)
        else:
            in_use.append(device)
    return Met(tuple(same), tuple(in_use), lately >= _OFTEN)


def why_wait(token: Token, met: Met) -> str:
    """Return why a person decides whether a device joins, or "" where nobody has to."""
    if met.too_often:
        return "the same hardware joined three times within an hour"
    if not token.approve:
        return ""
    if met.in_use:
        return f"its hardware numbers are those of device {met.in_use[0].id[:12]}, which is in use"
    return "its token asks for a person's approval"


def _alike(one: Evidence, other: Evidence) -> bool:
    return any(
        _good(mine) and mine.lower() == theirs.lower()
        for mine, theirs in (
            (one.serial, other.serial),
            (one.hardware_uuid, other.hardware_uuid),
        )
    )


def _good(number: str) -> bool:
    text = number.strip().lower()
    return len(set(text) - {"-", "0", "f"}) >= _LEAST_DIFFERENT and text not in _JUNK
