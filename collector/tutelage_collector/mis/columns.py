"""Which column of an MIS's export means what: SIMS, Arbor, Bromcom, and plain words."""

from __future__ import annotations

import re
from enum import StrEnum


class Column(StrEnum):
    """What we read."""

    ACCOUNT = "account"
    FORENAME = "forename"
    SURNAME = "surname"
    NAME = "name"
    IDENTIFIER = "identifier"
    YEAR = "year"
    KIND = "kind"
    CHILD_PROTECTION = "child_protection"
    LOOKED_AFTER = "looked_after"
    SEND = "send"
    YOUNG_CARER = "young_carer"
    VULNERABLE = "vulnerable"


ALIASES: dict[Column, tuple[str, ...]] = {
    Column.ACCOUNT: (
        "account", "username", "user name", "network username", "network login", "login",
        "student username", "email", "e-mail", "email address", "school email", "student email",
        "primary email", "work email", "default email address", "sam account name",
    ),
    Column.FORENAME: (
        "forename", "first name", "given name", "legal forename", "legal first name",
        "preferred forename", "preferred first name", "chosen name",
    ),
    Column.SURNAME: (
        "surname", "last name", "family name", "legal surname", "legal last name",
        "preferred surname", "preferred last name",
    ),
    Column.NAME: ("name", "full name", "student name", "pupil name", "staff name", "student"),
    Column.IDENTIFIER: (
        "upn", "mis id", "adno", "admission number", "admission no", "arbor student id",
        "student id", "bromcom id", "pupil id", "staff code", "staff id", "employee id",
    ),
    Column.YEAR: (
        "year", "year group", "yeargroup", "nc year", "year taught in", "national curriculum year",
        "current year group", "year code",
    ),
    Column.KIND: ("kind", "type", "role", "person type"),
    Column.CHILD_PROTECTION: ("child protection", "cp", "child protection plan", "cpp", "cp plan"),
    Column.LOOKED_AFTER: (
        "looked after", "in care", "cla", "lac", "child looked after", "looked after child",
        "in lea care", "in care indicator", "ever in care",
    ),
    Column.SEND: (
        "sen", "send", "sen status", "sen provision", "sen stage", "ehcp", "sen need",
        "education health and care plan",
    ),
    Column.YOUNG_CARER: ("young carer", "carer"),
    Column.VULNERABLE: ("vulnerable", "vulnerability", "safeguarding", "safeguarding flag"),
}  # fmt: skip
_BY_NAME = {name: column for column, names in ALIASES.items() for name in names}


def meaning(heading: str) -> Column | None:
    """Return what a column holds, by its heading; None = nothing that we read."""
    return _BY_NAME.get(re.sub(r"[\s_]+", " ", heading.strip().lower()))
