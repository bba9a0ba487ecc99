"""Decisions that need two people: who may ask, and who may decide. The store keeps and records.

The policy gives clause 8.d to the safeguarding lead together with the headteacher. So the two
are never the same person, and never on the same side: a deputy does not approve what the lead
asks. Where a decision is about a lead, nobody of that side takes part, and the second person is
one of the trust.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector import access
from tutelage_collector.errors import NotAllowedError, NotFoundError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_approvals import (
    WORDS,
    Approval,
    ApprovalKind,
    ApprovalState,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account

DEFAULT_LIFE = timedelta(days=7)
LONGEST_LIFE = timedelta(days=60)
_ID_BYTES = 6
_MAX_TEXT = 1_000
_BOTH = frozenset({Role.DSL, Role.HEAD})
_MAY_ASK = dict.fromkeys(ApprovalKind, _BOTH) | {ApprovalKind.RETENTION: _BOTH | {Role.ICT}}
_MAY_DECIDE = dict.fromkeys(ApprovalKind, _BOTH)


def ask(
    store: Store,
    account: Account,
    kind: ApprovalKind,
    subject: str,
    reason: str,
    now: datetime,
    *,
    about: Role | None = None,
    life: timedelta = DEFAULT_LIFE,
) -> Approval:
    """Ask for a second person.

    Args:
        store: where it is kept.
        account: who asks.
        kind: what for.
        subject: ``alert …``, ``concern …``, ``account …``: the same text is needed to use it.
        reason: why; the second person and the audit log read it. No excerpt, no name.
        now: the present moment.
        about: role of the person whom it is about; None = a pupil, or nobody.
        life: after this, undecided or unused, it is void.

    Raises:
        NotAllowedError: this person may not ask for this.
    """
    acting = _taking_part(store, account, kind, about, now)
    if acting not in _MAY_ASK[kind]:
        raise NotAllowedError(f"{_said(kind)} is asked for by {_titles(_MAY_ASK[kind])}")
    if not reason.strip():
        raise NotAllowedError("give a reason: the second person has nothing else to go by")
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise NotAllowedError(f"an approval lives 1 to {LONGEST_LIFE.days} days")
    made = Approval(
        id=secrets.token_hex(_ID_BYTES),
        kind=kind,
        school=account.school,
        subject=subject,
        about=about,
        reason=reason.strip()[:_MAX_TEXT],
        asked_by=account.name,
        asked_role=acting,
        asked_at=now,
        expires_at=now + life,
        state=ApprovalState.WAITING,
    )
    store.add_approval(made)
    return made


def decide(
    store: Store, account: Account, approval_id: str, now: datetime, note: str, *, approve: bool
) -> Approval:
    """Approve or refuse, as the second person.

    Raises:
        NotFoundError: nothing of this id waits, or not for this school.
        NotAllowedError: this person may not decide it.
    """
    found = store.approval(approval_id)
    if found is None or not _same_school(account, found):
        raise _unknown(approval_id)
    why_not = refusal(store, account, found, now)
    if why_not:
        raise NotAllowedError(f"approval {approval_id}: {why_not}")
    acting = access.acts_as(store, account, now)
    return store.decide_approval(
        approval_id, account.name, acting, note.strip()[:_MAX_TEXT], now, approve=approve
    )


def refusal(store: Store, account: Account, found: Approval, now: datetime) -> str:
    """Return why an account may not decide a request, or "" where it may."""
    if found.state_at(now) is not ApprovalState.WAITING:
        return f"it is {found.state_at(now).value}; ask anew if it is still needed"
    if account.name == found.asked_by:
        return "you asked for it yourself: another person decides"
    try:
        acting = _taking_part(store, account, found.kind, found.about, now)
    except NotAllowedError as error:
        return str(error)
    if acting not in _MAY_DECIDE[found.kind]:
        return f"{_said(found.kind)} is decided by {_titles(_MAY_DECIDE[found.kind])}"
    if acting is found.asked_role and not _about_their_side(found.about):
        other = _titles(_MAY_DECIDE[found.kind] - {acting})
        return f"it was asked for by your side: {other} decides"
    return ""


def use(
    store: Store,
    approval_id: str,
    kind: ApprovalKind,
    subject: str,
    name: str,
    now: datetime,
) -> Approval:
    """Take an approval for the act that it allows. It is good for this act, once.

    Raises:
        NotFoundError: there is none of this id that holds.
        NotAllowedError: it was given for something else.
    """
    found = store.approval(approval_id)
    if found is None:
        raise _unknown(approval_id)
    if (found.kind, found.subject) != (kind, subject):
        raise NotAllowedError(
            f"approval {approval_id} was given to {WORDS[found.kind]} ({found.subject}), not to "
            f"{WORDS[kind]} ({subject}): ask for this one"
        )
    return store.use_approval(approval_id, name, now)


def visible(store: Store, account: Account, now: datetime) -> list[Approval]:
    """Return the requests that an account may see, newest first: its own, and those it may join."""
    acting = access.acts_as(store, account, now)
    return [
        one
        for one in store.approvals(account.school or None)
        if one.asked_by == account.name
        or (acting in _MAY_DECIDE[one.kind] and _may_join(account, acting, one.about))
    ]


def _taking_part(
    store: Store, account: Account, kind: ApprovalKind, about: Role | None, now: datetime
) -> Role:
    acting = access.acts_as(store, account, now)
    if not account.active:
        raise NotAllowedError(f"account {account.name} is disabled")
    if not _may_join(account, acting, about):
        raise NotAllowedError(
            f"{_said(kind)} is about a person of your own side: the trust's people decide it"
        )
    return acting


def _may_join(account: Account, acting: Role, about: Role | None) -> bool:
    """Nobody of the side that it is about; of heads, the trust's own (all schools)."""
    if about is None:
        return True
    if about is Role.HEAD:
        return acting is not Role.HEAD or not account.school
    if _about_their_side(about):
        return acting is Role.HEAD
    return True


def _about_their_side(about: Role | None) -> bool:
    return about is not None and (access.standing_role(about) is Role.DSL or about is Role.ICT)


def _same_school(account: Account, found: Approval) -> bool:
    return not account.school or found.school in ("", account.school)


def _unknown(approval_id: str) -> NotFoundError:
    return NotFoundError(f"approval {approval_id}: none of this id; see: approval list")


def _said(kind: ApprovalKind) -> str:
    return f"to {WORDS[kind]}"


def _titles(roles: frozenset[Role]) -> str:
    names = sorted(access.TITLES[role].lower() for role in roles)
    return " or ".join(f"the {name}" for name in names)
