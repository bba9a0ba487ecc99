"""Material on a device: delete, keep as evidence, report to the police (policy 8.d), by two people.

The safeguarding lead and the headteacher decide together, for a reason of 8.c. Asking, approving
and doing are three steps on record; ``approvals`` sees to it that two people stay two.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector import approvals
from tutelage_collector.concerns import desk, workflow
from tutelage_collector.errors import ConcernError, NotFoundError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import ApprovalKind, ApprovalState
from tutelage_collector.store.records_concerns import About, EntryKind, Police

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.concerns.workflow import Said
    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account
    from tutelage_collector.store.records_approvals import Approval
    from tutelage_collector.store.records_concerns import Concern


class Reason(StrEnum):
    """A good reason, from the policy's closed list (8.c)."""

    HARM = "harm"
    DISRUPT = "disrupt_teaching"
    RULES = "break_rules"


REASONS = {
    Reason.HARM: "It has been, or could be, used to cause harm",
    Reason.DISRUPT: "It has been, or could be, used to disrupt teaching",
    Reason.RULES: "It has been, or could be, used to break school rules",
}
KINDS = (ApprovalKind.RETAIN, ApprovalKind.REPORT_TO_POLICE, ApprovalKind.DELETE)
_ROLES = {
    About.PUPIL: None, About.STAFF: Role.STAFF, About.DSL: Role.DSL, About.ICT: Role.ICT,
    About.HEAD: Role.HEAD,
}  # fmt: skip


def ask(
    store: Store, account: Account, concern: Concern, kind: ApprovalKind, reason: Reason, said: Said
) -> Approval:
    """Ask the second person for a decision about a concern's material.

    Raises:
        ConcernError: a complaint is open, so that nothing may be deleted (8.f).
        NotAllowedError: this person may not ask.
    """
    if kind not in KINDS:
        raise ConcernError("decide to delete, to retain, or to report to the police (8.d)")
    if kind is ApprovalKind.DELETE and concern.complaint_since is not None:
        raise ConcernError("a complaint is open: nothing is deleted before it ends (8.f)")
    made = approvals.ask(
        store, account, kind, _subject(concern), REASONS[reason], said.at,
        about=_ROLES[concern.about],
    )  # fmt: skip
    code = f"{kind.value} {reason.value} {made.id}"
    desk.take(store, concern, workflow.remark(concern, EntryKind.DECISION_ASKED, code, said), said)
    return made


def done(store: Store, concern: Concern, approval_id: str, said: Said) -> Concern:
    """Say that what two people decided is done. A report to the police is noted as such.

    Raises:
        NotFoundError: nothing of this id was approved for this concern.
        ConcernError: a complaint is open, so that nothing may be deleted (8.f).
    """
    found = next((one for one in of(store, concern) if one.id == approval_id), None)
    if found is None:
        raise NotFoundError(f"approval {approval_id}: none of this concern; see: approval list")
    if found.kind is ApprovalKind.DELETE and concern.complaint_since is not None:
        raise ConcernError("a complaint is open: nothing is deleted before it ends (8.f)")
    approvals.use(store, approval_id, found.kind, _subject(concern), said.by, said.at)
    change = workflow.remark(
        concern, EntryKind.DECISION_MADE, f"{found.kind.value} {found.id}", said
    )
    if found.kind is ApprovalKind.REPORT_TO_POLICE:
        change = replace(change, concern=replace(change.concern, police=Police.REPORTED))
    return desk.take(store, concern, change, said)


def of(store: Store, concern: Concern) -> list[Approval]:
    """Return what was asked about a concern's material, newest first."""
    return [one for one in store.approvals(None, 10_000) if one.subject == _subject(concern)]


def ready(found: Approval, now: datetime) -> bool:
    """Tell whether two people have decided and nobody has said yet that it is done."""
    return found.state_at(now) is ApprovalState.APPROVED


def _subject(concern: Concern) -> str:
    return f"concern {concern.id}"
