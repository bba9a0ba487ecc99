"""The posts that the policy and DfE's standards give work to. A closed set.

A post is not an account: who signs in is ``store.records.Role``. Here is written down who holds a
post and who covers, so that a report can say that a clause has an owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutelage_collector.store.records_registers import Holder


class Office(StrEnum):
    """One post."""

    DSL = "dsl"
    DEPUTY_DSL = "deputy_dsl"
    HEADTEACHER = "headteacher"
    ICT_MANAGER = "ict_manager"
    SLT_LEAD = "slt_lead"
    ONLINE_SAFETY_GOVERNOR = "online_safety_governor"
    TRUST_LEAD = "trust_lead"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    CURRICULUM_LEAD = "curriculum_lead"


TITLES: Mapping[Office, str] = {
    Office.DSL: "Designated safeguarding lead",
    Office.DEPUTY_DSL: "Deputy safeguarding lead",
    Office.HEADTEACHER: "Headteacher",
    Office.ICT_MANAGER: "ICT manager",
    Office.SLT_LEAD: "Senior leader for filtering and monitoring",
    Office.ONLINE_SAFETY_GOVERNOR: "Governor for online safety, filtering and monitoring",
    Office.TRUST_LEAD: "Trust safeguarding lead",
    Office.DATA_PROTECTION_OFFICER: "Data protection officer",
    Office.CURRICULUM_LEAD: "Lead for PSHCE and computing",
}
REQUIRED = (
    Office.DSL,
    Office.DEPUTY_DSL,
    Office.HEADTEACHER,
    Office.ICT_MANAGER,
    Office.SLT_LEAD,
    Office.ONLINE_SAFETY_GOVERNOR,
    Office.DATA_PROTECTION_OFFICER,
)
"""KCSIE, the policy (3) and DfE's standard on filtering and monitoring ask for these."""
COVERED = frozenset({Office.DSL, Office.HEADTEACHER, Office.ICT_MANAGER})
"""Their work cannot wait for a holiday: somebody must be named as cover."""


@dataclass(frozen=True, slots=True)
class Post:
    """One post of one school, held or not."""

    school: str
    office: Office
    holder: str
    """A post-holder's short form, such as initials; "" = nobody."""
    cover: str
    lacking: str
    """What is missing, in words; "" = nothing."""

    @property
    def title(self) -> str:
        """The post in words."""
        return TITLES[self.office]


def posts(school: str, holders: Iterable[Holder]) -> list[Post]:
    """Return every post that must be held, and those that are, in the order of the set."""
    held = {one.office: one for one in holders if one.school == school}
    found: list[Post] = []
    for office in Office:
        one = held.get(office)
        if one is None and office not in REQUIRED:
            continue
        lacking = ""
        if one is None:
            lacking = "nobody is named"
        elif office in COVERED and not one.cover:
            lacking = "nobody covers"
        found.append(
            Post(school, office, one.holder if one else "", one.cover if one else "", lacking)
        )
    return found
