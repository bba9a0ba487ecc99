"""Carrying out what two people decided about a concern's material (policy 8.d).

To delete is to erase here what devices sent of the concern's alerts. What people wrote in the
concern stays by its own term, and the device's own copy is deleted by hand: the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.concerns import decisions
from tutelage_collector.errors import ConcernError
from tutelage_collector.rights import holds, retention
from tutelage_collector.store.records_approvals import ApprovalKind

if TYPE_CHECKING:
    from tutelage_collector.concerns.workflow import Said
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Alert
    from tutelage_collector.store.records_concerns import Concern


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out."""

    concern: Concern
    deleted: bool
    """It was a decision to delete."""
    erased: int = 0
    """Events whose bytes are gone: alerts, and what devices sent of their texts later."""
    left: int = 0
    """Alerts that stay because another concern needs them."""


def carry_out(store: Store, concern: Concern, approval_id: str, said: Said) -> Done:
    """Carry out what two people decided, and note it in the concern.

    Raises:
        NotFoundError: nothing of this id was approved for this concern.
        ConcernError: a complaint is open or something is on hold, so that nothing may be deleted
            (8.f); the approval is not used up.
    """
    kinds = {one.id: one.kind for one in decisions.of(store, concern)}
    delete = kinds.get(approval_id) is ApprovalKind.DELETE
    going = _deletable(store, concern) if delete else []
    after = decisions.done(store, concern, approval_id, said)
    if not delete:
        return Done(after, deleted=False)
    places = retention.places_of(store, going)
    erased = store.erase(places, said.by, f"concern {concern.id}", approval_id, said.at)
    return Done(after, deleted=True, erased=erased, left=len(store.concern_alerts(concern.id)))


def _deletable(store: Store, concern: Concern) -> list[Alert]:
    """Return the concern's alerts that no other concern needs.

    Raises:
        ConcernError: one is on hold.
    """
    if concern.complaint_since is not None:
        raise ConcernError("a complaint is open: nothing is deleted before it ends (8.f)")
    alerts = store.concern_alerts(concern.id)
    frozen = holds.frozen(store, [one.event_id for one in alerts])
    held = sum(frozen.alert(one) for one in alerts)
    if held:
        raise ConcernError(
            f"{held} of its {len(alerts)} alerts are on hold (a legal hold, a complaint, or a "
            "decision to keep them): nothing was deleted; see: retention holds"
        )
    return [one for one in alerts if set(frozen.of.get(one.event_id, ())) <= {concern.id}]
