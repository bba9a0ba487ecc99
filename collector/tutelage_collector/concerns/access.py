"""Who works on a concern, who must not see it, and to whom its words are sealed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.errors import SecretError
from tutelage_collector.sealing import RecordBinding
from tutelage_collector.store.records import Role
from tutelage_collector.store.records_concerns import About, Concern, ConcernId, EntryId
from tutelage_collector.store.records_recipients import RecipientKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_collector.sealing import Reader

_PUPILS = frozenset({RecipientKind.DSL, RecipientKind.DEPUTY, RecipientKind.RECOVERY})
_STAFF = frozenset({RecipientKind.HEAD, RecipientKind.RECOVERY})


def may_see(concern: Concern, role: Role, school: str | None) -> bool:
    """Tell whether an account works on a concern.

    Args:
        concern: the one.
        role: of the account.
        school: of the account; None = all schools of the trust.
    """
    return may_see_about(concern.about, role, school, concern.school)


def may_see_about(about: About, role: Role, school: str | None, of: str) -> bool:
    """Tell the same of any concern of the school ``of``, by whom it is about."""
    if school not in (None, of):
        return False
    match about:
        case About.PUPIL:
            return role is Role.DSL
        case About.STAFF | About.DSL | About.ICT:
            return role is Role.HEAD
        case About.HEAD:
            # Past the headteacher, to the account that the trust's own head signs in with.
            return role is Role.HEAD and school is None


def who_works_on(about: About) -> str:
    """Return in words who works on a concern, by whom it is about."""
    if about is About.HEAD:
        return "headteacher of the whole trust"
    return "safeguarding lead" if about is About.PUPIL else "headteacher"


def readers(everybody: Iterable[Reader], about: About) -> tuple[Reader, ...]:
    """Return to whom the words of a concern are sealed.

    Raises:
        SecretError: nobody who works on such a concern has a key yet.
    """
    for_head = about is not About.PUPIL
    wanted = _STAFF if for_head else _PUPILS
    found = tuple(
        one
        for one in everybody
        if one.kind in wanted
        and not (about is About.HEAD and one.kind is RecipientKind.HEAD and one.of_one_school)
    )
    if all(one.kind is RecipientKind.RECOVERY for one in found):
        found = ()  # the cards are for a lost passphrase, not for reading
    if not found:
        who = who_works_on(about)
        raise SecretError(
            f"the {who} has no key yet, so that nothing can be sealed to them: recipient --help"
        )
    return found


def binding(trust: str, concern_id: ConcernId, entry_id: EntryId) -> RecordBinding:
    """Return where the words of one line belong."""
    return RecordBinding(trust, f"concern/{concern_id}", entry_id)
