"""Whether a device is heard from, and what it said of itself last: one answer for all who ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.store.records import DeviceState
from tutelage_wire import codec
from tutelage_wire.errors import WireError
from tutelage_wire.events import Heartbeat

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import DeviceView

SILENT_AFTER = timedelta(days=3)
"""A device in use says something every minute; a weekend in a bag is nothing to worry about."""


def is_silent(view: DeviceView, now: datetime) -> bool:
    """Tell whether an active device has not been heard for days, or never was."""
    if view.device.state is not DeviceState.ACTIVE:
        return False
    return view.last_seen_at is None or now - view.last_seen_at > SILENT_AFTER


def heartbeat_of(view: DeviceView) -> Heartbeat | None:
    """Return a device's latest heartbeat; None = none came, or one of a newer agent."""
    if view.heartbeat is None:
        return None
    try:
        body = codec.decode_event(view.heartbeat).body
    except WireError:
        return None
    return body if isinstance(body, Heartbeat) else None
