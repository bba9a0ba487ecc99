"""Who acts as what, who may stand in for whom, and whose audit rows one sees: pure rules.

The deputy acts as the lead, always; a senior leader as the head, while on record as standing in.
Who may see a concern, by whom it is about, is in ``concerns.access``.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from tutelage_collector.errors import NotAllowedError
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_allowed import Cover

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tutelage_collector.store import Store
    from tutelage_collector.store.records import Account

LONGEST_COVER = timedelta(days=92)
"""A term: who is away for longer is replaced."""
TITLES = {
    Role.DSL: "Safeguarding lead",
    Role.DEPUTY: "Deputy safeguarding lead",
    Role.ICT: "ICT manager",
    Role.HEAD: "Headteacher",
    Role.LEADER: "Senior leader",
    Role.GOVERNOR: "Governor",
    Role.STAFF: "Member of staff",
}
_ALWAYS = {Role.DEPUTY: Role.DSL}
_WHILE_COVERING = {Role.LEADER: Role.HEAD}
_MAY_COVER = {Role.DSL: {Role.DEPUTY}, Role.HEAD: {Role.LEADER}}


def standing_role(role: Role) -> Role:
    """Return the role whose work an account does on every day."""
    return _ALWAYS.get(role, role)


def acting_role(account: Account, covers: Iterable[Cover], now: datetime) -> Role:
    """Return the role whose work an account does at this moment."""
    wanted = _WHILE_COVERING.get(account.role)
    if wanted and any(one.covering == account.name and one.holds(now) for one in covers):
        return wanted
    return standing_role(account.role)


def acts_as(store: Store, account: Account, now: datetime) -> Role:
    """Return the same, reading who stands in only where it matters."""
    covers = store.covers(now) if account.role in _WHILE_COVERING else ()
    return acting_role(account, covers, now)


def check_cover(absent: Account, covering: Account) -> None:
    """Refuse a cover that would let one person decide as two.

    Raises:
        NotAllowedError: it says who may stand in.
    """
    wanted = _MAY_COVER.get(absent.role)
    if wanted is None:
        raise NotAllowedError(
            f"account {absent.name}: nobody stands in for a {absent.role.value}; give another "
            f"person an account of that role: account set NAME --role {absent.role.value}"
        )
    if covering.role not in wanted:
        roles = ", ".join(sorted(role.value for role in wanted))
        raise NotAllowedError(
            f"account {covering.name} ({covering.role.value}) cannot stand in for a "
            f"{absent.role.value}: only {roles} may, so that two people stay two"
        )
    if covering.school not in ("", absent.school):
        raise NotAllowedError(f"account {covering.name} belongs to another school")


def new_cover(
    absent: Account,
    covering: Account,
    life: timedelta,
    reason: str,
    made_by: str,
    now: datetime,
) -> Cover:
    """Return who stands in for whom from now on.

    Raises:
        NotAllowedError: this one may not stand in, or not for so long.
    """
    check_cover(absent, covering)
    if not timedelta(0) < life <= LONGEST_COVER:
        raise NotAllowedError(f"a cover lasts up to {LONGEST_COVER.days} days: begin anew then")
    name = secrets.token_hex(6)
    return Cover(name, absent.name, covering.name, now, now + life, reason[:300], made_by, now)


def may_see_audit_of(account: Account, acting: Role, actor: str, actor_role: str) -> bool:
    """Tell whether an account may see a row of the audit log, by who acted.

    Everybody sees their own rows. The head sees what leads, deputies, the ICT manager and commands
    at the collector did; the lead sees deputies', the ICT manager's and commands'.
    """
    if actor == account.name:
        return True
    if acting is Role.HEAD:
        return actor_role != Role.HEAD.value or not account.school
    if acting is Role.DSL:
        return actor_role in {Role.DEPUTY.value, Role.ICT.value, ""}
    return False
