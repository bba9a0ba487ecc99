"""Exemptions: who allowed which failure, why, what protects meanwhile, and until when."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError, NotFoundError
from tutelage_collector.store.records_allowed import Exemption

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.store.records import Device, DeviceView
    from tutelage_wire.events import DeviceId

LONGEST = timedelta(days=366)
_ID_BYTES = 6
_MAX_TEXT = 300


def new_exemption(
    *,
    school: str,
    device_id: DeviceId | None,
    check_id: str,
    reason: str,
    control: str,
    approver: str,
    valid_for: timedelta,
    now: datetime,
) -> Exemption:
    """Return a fresh exemption.

    Raises:
        ConfigError: a text is empty or too long, or it would hold for more than a year.
    """
    texts = {"check": check_id, "reason": reason, "control": control, "approver": approver}
    for what, text in texts.items():
        if not text.strip() or len(text) > _MAX_TEXT:
            raise ConfigError(f"{what}: write 1 to {_MAX_TEXT} characters")
    if not timedelta(0) < valid_for <= LONGEST:
        raise ConfigError(f"an exemption holds for up to {LONGEST.days} days: give --days")
    return Exemption(
        id=secrets.token_hex(_ID_BYTES),
        school=school,
        device_id=device_id,
        check_id=check_id,
        reason=reason,
        control=control,
        approver=approver,
        created_at=now,
        expires_at=now + valid_for,
    )


def find_device(views: Iterable[DeviceView], device_id: str | None) -> Device | None:
    """Return the named device; None where none is named.

    Raises:
        NotFoundError: there is no such device.
    """
    if device_id is None:
        return None
    for view in views:
        if view.device.id == device_id:
            return view.device
    raise NotFoundError(f"device {device_id}: not enrolled here; see: device list")
