"""Decisions that need two people, as the store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records import Role


class ApprovalKind(StrEnum):
    """What is asked for."""

    DELETE = "delete"
    """Delete material (policy 8.d.1)."""
    RETAIN = "retain"
    """Keep material as evidence (policy 8.d.2)."""
    REPORT_TO_POLICE = "report_to_police"
    """Hand material to the police (policy 8.d.3)."""
    ERASE = "erase"
    """Erase what is held about a person (UK GDPR, article 17)."""
    RELEASE_HOLD = "release_hold"
    """End a legal hold or a complaint's freeze."""
    OPEN_STAFF_CONCERN = "open_staff_concern"
    """Let the safeguarding lead work on a concern about a member of staff."""
    RETENTION = "retention"
    """Erase what the schedule says is due but does not let one person erase."""


WORDS = {
    ApprovalKind.DELETE: "delete the material",
    ApprovalKind.RETAIN: "keep the material as evidence",
    ApprovalKind.REPORT_TO_POLICE: "report the material to the police",
    ApprovalKind.ERASE: "erase what is held",
    ApprovalKind.RELEASE_HOLD: "end a hold",
    ApprovalKind.OPEN_STAFF_CONCERN: "open a concern about a member of staff",
    ApprovalKind.RETENTION: "erase what the schedule says is due",
}
"""How each is said: "asked to …"."""


class ApprovalState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"
    """Approved, and done."""
    EXPIRED = "expired"
    """Nobody decided, or nobody used it, in time. Never stored: it follows from the clock."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One request, and what became of it."""

    id: str
    kind: ApprovalKind
    school: str
    """"" = of the whole trust."""
    subject: str
    """What it is about: ``alert …``, ``concern …``, ``account …``."""
    about: Role | None
    """Role of the person whom it is about; None = a pupil, or nobody."""
    reason: str
    asked_by: str
    asked_role: Role
    asked_at: datetime
    expires_at: datetime
    state: ApprovalState
    decided_by: str = ""
    decided_role: Role | None = None
    decided_at: datetime | None = None
    note: str = ""
    used_at: datetime | None = None

    def state_at(self, now: datetime) -> ApprovalState:
        """Return how far it is at a moment."""
        if self.state in (ApprovalState.WAITING, ApprovalState.APPROVED) and now >= self.expires_at:
            return ApprovalState.EXPIRED
        return self.state
