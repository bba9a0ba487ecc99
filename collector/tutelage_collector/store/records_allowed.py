"""What people allow for a time: a failed check, and standing in for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import DeviceId


@dataclass(frozen=True, slots=True)
class Exemption:
    """What a person allows for a time, in spite of a failed check. It ends by itself."""

    id: str
    school: str
    device_id: DeviceId | None
    """None: all devices of the school."""
    check_id: str
    reason: str
    control: str
    """What protects meanwhile."""
    approver: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def covers(self, device_id: DeviceId, school: str, check_id: str, now: datetime) -> bool:
        """Tell whether it holds for one check of one device at a moment."""
        return (
            self.check_id == check_id
            and self.school == school
            and self.device_id in (None, device_id)
            and self.created_at <= now < (self.ended_at or self.expires_at)
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """Who stands in for whom, and how long."""

    id: str
    absent: str
    covering: str
    begins_at: datetime
    ends_at: datetime
    reason: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether it is in force at a moment."""
        return self.begins_at <= now < (self.ended_at or self.ends_at)
