"""Acceptable-use agreements (policy 9.a): who has signed which version, and who is due again."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tutelage_collector.errors import ConfigError
from tutelage_collector.registers.due import Standing, add_months, standing
from tutelage_collector.store.records_registers import AgreementVersion

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from tutelage_collector.store.records_registers import Member, Signature

ASKED_AGAIN_MONTHS = 12
_MAX_TEXT = 200_000
_MAX_VERSION = 40


class MemberKind(StrEnum):
    """Who signs an agreement or takes a course."""

    STUDENT = "student"
    STAFF = "staff"
    VOLUNTEER = "volunteer"
    GOVERNOR = "governor"
    VISITOR = "visitor"
    PARENT = "parent"
    LEAD = "lead"
    """The safeguarding lead and deputies: for courses of their own."""


SIGNERS = tuple(kind for kind in MemberKind if kind is not MemberKind.LEAD)
APPENDIX = {MemberKind.STUDENT: 1, MemberKind.PARENT: 1}
"""Appendix 1 is the students' agreement, appendix 2 everybody else's."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """How one person stands."""

    member: Member
    version: str
    """Of the newest signature; "" = never signed."""
    signed_on: date | None
    due_on: date | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class AgreedCount:
    """How the people of one kind stand, in numbers."""

    kind: MemberKind
    expected: int
    current: int
    """Signed the version in force within the year, those due soon included."""
    overdue: int
    never: int


def appendix_of(kind: MemberKind) -> int:
    """Return the appendix of the policy that a kind of person signs."""
    return APPENDIX.get(kind, 2)


def new_version(version: str, appendix: int, text: str, now: datetime) -> AgreementVersion:
    """Return a version ready to be published.

    Raises:
        ConfigError: the version has no name, or the text is empty or too long.
    """
    if not version.strip() or len(version) > _MAX_VERSION:
        raise ConfigError(f"version: write 1 to {_MAX_VERSION} characters, for example 2026-09")
    if not text.strip() or len(text) > _MAX_TEXT:
        raise ConfigError(f"the agreement: write 1 to {_MAX_TEXT:,} characters of text")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return AgreementVersion(version.strip(), appendix, text, digest, now)


def in_force(versions: Iterable[AgreementVersion], appendix: int) -> AgreementVersion | None:
    """Return the version published last for an appendix."""
    known = [one for one in versions if one.appendix == appendix]
    return max(known, key=lambda one: one.published_at, default=None)


def agreed(
    people: Iterable[Member],
    signatures: Iterable[Signature],
    versions: Iterable[AgreementVersion],
    today: date,
) -> list[Agreed]:
    """Return how each expected person stands, those that need asking first.

    An agreement is due again a year after it was signed, and at once when a newer version is in
    force. A signature of an unknown version counts as of an old one.
    """
    known = list(versions)
    newest: dict[tuple[str, str, str], Signature] = {}
    for one in signatures:
        key = (one.school, one.kind, one.reference)
        if key not in newest or newest[key].signed_on <= one.signed_on:
            newest[key] = one
    found: list[Agreed] = []
    for person in people:
        if person.kind not in SIGNERS:
            continue
        kind = MemberKind(person.kind)
        signed = newest.get((person.school, person.kind, person.reference))
        current = in_force(known, appendix_of(kind))
        if signed is None:
            found.append(Agreed(person, "", None, None, Standing.NEVER))
            continue
        due = add_months(signed.signed_on, ASKED_AGAIN_MONTHS)
        stands = standing(due, today)
        if current is not None and signed.version != current.version:
            due = min(due, current.published_at.date())
            stands = Standing.OVERDUE
        found.append(Agreed(person, signed.version, signed.signed_on, due, stands))
    order = (Standing.NEVER, Standing.OVERDUE, Standing.DUE_SOON, Standing.CURRENT)
    found.sort(key=lambda one: (order.index(one.standing), one.member.kind, one.member.reference))
    return found


def counted(rows: Iterable[Agreed]) -> list[AgreedCount]:
    """Return the same in numbers, for each kind of person that is expected."""
    by_kind: dict[MemberKind, list[Standing]] = defaultdict(list)
    for one in rows:
        by_kind[MemberKind(one.member.kind)].append(one.standing)
    return [
        AgreedCount(
            kind=kind,
            expected=len(stands),
            current=sum(one in {Standing.CURRENT, Standing.DUE_SOON} for one in stands),
            overdue=stands.count(Standing.OVERDUE),
            never=stands.count(Standing.NEVER),
        )
        for kind in SIGNERS
        if (stands := by_kind.get(kind, []))
    ]
