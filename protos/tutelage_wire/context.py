"""More of a text, asked for later: what a device answers about one of its findings.

A device keeps, for a few days, a wider stretch of the text around what it reported, sealed to the
readers when it was written. A person who may open the excerpt can ask for it, once and with a
reason; the device sends the sealed bytes as they are. One answer a finding: its id follows from
the finding's, so that a request that is told again, or an answer that a kill cut short, changes
nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_wire import keys
from tutelage_wire.ids import EventId

if TYPE_CHECKING:
    from tutelage_wire.sealed import Sealed

_ID_BYTES = 16
MOST_ASKED_AT_ONCE = 50
"""Findings in one message to a device."""


class ContextState(StrEnum):
    """What a device answered."""

    SENT = "sent"
    NOT_KEPT = "not_kept"
    """Its time was over, it gave way to later ones, or the device never had it."""
    SWITCHED_OFF = "switched_off"
    """The policy in force on the device keeps none."""


@dataclass(frozen=True, slots=True)
class ContextAnswer:
    """The answer about one finding."""

    finding: EventId
    state: ContextState
    sealed: Sealed | None = None
    """Bound to the answer's own id (``answer_id``), with the names of trust and device."""


def answer_id(finding: EventId) -> EventId:
    """Return the id of the event that answers about a finding."""
    named = keys.domain("tutelage/context/v1", bytes.fromhex(finding))
    return EventId(hashlib.sha256(named).hexdigest()[: 2 * _ID_BYTES])
