"""A visit that a list covers, on its way to becoming a finding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_agent.sensors.lists.domains import DomainList


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """A visit that a list covers."""

    listed: DomainList
    host: str = field(repr=False)
    account: str = field(repr=False)
    at: datetime
