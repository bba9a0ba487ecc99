"""What may not be erased for now: holds, open complaints, and decisions to keep or report."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector import approvals
from tutelage_collector.errors import NotAllowedError
from tutelage_collector.store.records_approvals import ApprovalKind, ApprovalState
from tutelage_collector.store.records_rights import Hold, HoldKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern, ConcernId
    from tutelage_wire.events import EventId

EVERYTHING = "everything"
_KINDS = ("alert", "concern", "account", "device")
_KEEPING = {ApprovalKind.RETAIN, ApprovalKind.REPORT_TO_POLICE}
_DECIDED = {ApprovalState.APPROVED, ApprovalState.USED}
_ALL = 10**9


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is held, read once for many questions."""

    subjects: frozenset[str]
    concerns: dict[ConcernId, Concern]
    of: dict[EventId, list[ConcernId]]

    def concern(self, concern_id: ConcernId) -> bool:
        """Tell whether a concern may not be erased."""
        found = self.concerns.get(concern_id)
        return (
            EVERYTHING in self.subjects
            or f"concern {concern_id}" in self.subjects
            or found is None
            or found.complaint_since is not None
        )

    def alert(self, alert: Alert) -> bool:
        """Tell whether an alert may not be erased."""
        names = {
            EVERYTHING,
            f"alert {alert.event_id}",
            f"account {alert.account}",
            f"device {alert.device_id}",
        }
        return bool(names & self.subjects) or any(
            self.concern(one) for one in self.of.get(alert.event_id, ())
        )


def frozen(store: Store, events: Iterable[EventId]) -> Frozen:
    """Return what is held, for these alerts and their concerns."""
    subjects = {one.subject for one in store.holds() if one.released_at is None}
    # Evidence that two people decided to keep, or gave to the police (policy 8.d.2, 8.d.3).
    subjects |= {
        one.subject
        for one in store.approvals(limit=_ALL)
        if one.kind in _KEEPING and one.state in _DECIDED
    }
    concerns = {one.id: one for one in store.concerns(limit=_ALL)}
    return Frozen(frozenset(subjects), concerns, store.concerns_of(events))


def place(
    store: Store, kind: HoldKind, subject: str, reason: str, school: str, by: str, now: datetime
) -> Hold:
    """Place a hold: one person may, because it only keeps.

    Raises:
        NotAllowedError: no reason, or a subject that nothing is called by.
    """
    if subject != EVERYTHING and (len(subject.split()) != 2 or subject.split()[0] not in _KINDS):
        raise NotAllowedError(
            f"hold on {subject!r}: write one of {', '.join(_KINDS)} and its id, or {EVERYTHING}"
        )
    if not reason.strip():
        raise NotAllowedError("a hold needs a reason: who releases it years later reads it")
    made = Hold(secrets.token_hex(6), kind, subject, school, reason.strip()[:500], by, now)
    store.add_hold(made)
    return made


def release(store: Store, hold_id: str, approval_id: str, by: str, now: datetime) -> Hold:
    """Release a hold, which two people agreed to.

    Raises:
        NotFoundError: no such hold, or no such approval that holds.
        NotAllowedError: the approval is for something else.
    """
    approvals.use(store, approval_id, ApprovalKind.RELEASE_HOLD, f"hold {hold_id}", by, now)
    return store.release_hold(hold_id, by, now)
