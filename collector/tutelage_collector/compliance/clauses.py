"""The sentences of section 11 of the Online Safety Policy, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources


class AnsweredBy(StrEnum):
    """Who can say whether a sentence is kept."""

    DEVICE = "device"
    PERSON = "person"
    """No program can see it: somebody has to attest it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence."""

    id: str
    """``11.a.2``."""
    tag: str
    """What findings carry in their clauses: ``OSP 11.a.2``."""
    short: str
    sentence: str
    by: AnsweredBy


@cache
def clauses() -> tuple[Clause, ...]:
    """Return the sentences in the order of the policy."""
    file = resources.files("tutelage_collector.compliance") / "clauses.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Clause(row["id"], row["tag"], row["short"], row["sentence"], AnsweredBy(row["by"]))
        for row in table["clause"]
    )
