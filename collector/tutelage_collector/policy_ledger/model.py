"""Clauses and defects of the policy, read from TOML beside this file.

An unknown key, kind, owner or source of evidence is an error: a typing slip must not become a
clause that nothing serves.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from tutelage_collector.errors import ConfigError
from tutelage_collector.registers.offices import Office

_PACKAGE = "tutelage_collector.policy_ledger"
_KEYS = {"id", "duty", "kind", "served", "evidence", "gap", "owner", "proof", "review_months"}
_REVIEW_MONTHS = 12


class Kind(StrEnum):
    """How much of a clause software can serve."""

    CORE = "core"
    """Software serves it; a test proves it."""
    EXTENSION = "extension"
    """Software serves a part."""
    PEOPLE = "people"
    """People's work: software holds at most a record."""


class Source(StrEnum):
    """Where evidence for a clause comes from."""

    COVERAGE = "coverage"
    BLIND_SPOTS = "blind_spots"
    SELF_TESTS = "self_tests"
    ALERTS = "alerts"
    ALERTS_CONTENT = "alerts_content"
    ALERTS_CONTACT = "alerts_contact"
    ALERTS_CONDUCT = "alerts_conduct"
    ALERTS_COMMERCE = "alerts_commerce"
    ALERTS_CIRCUMVENTION = "alerts_circumvention"
    ALERTS_DISCLOSURE = "alerts_disclosure"
    RESPONSE = "response"
    CONCERNS = "concerns"
    OUTCOMES = "outcomes"
    CPOMS = "cpoms"
    POLICE = "police"
    DECISIONS = "decisions"
    INTAKE = "intake"
    PACKS = "packs"
    SECURITY_CHECKS = "security_checks"
    INTEGRITY = "integrity"
    USAGE = "usage"
    AUP = "aup"
    TRAINING = "training"
    REVIEWS = "reviews"
    ROLES = "roles"
    REPORTS = "reports"
    EVIDENCE_EXPORTS = "evidence_exports"
    POSTURE = "posture"
    """With the clause that is judged: ``posture_11.a.2``."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One sentence of the policy, in our words."""

    id: str
    section: str
    duty: str
    kind: Kind
    served: str
    sources: tuple[tuple[Source, str], ...]
    """(source, the clause of section 11 that is judged or "")."""
    gap: str
    owner: Office
    """As it ships; people may change it."""
    proof: tuple[str, ...]
    """Tests that prove it: ``tests/….py::test_…``."""
    review_months: int


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the policy."""

    id: str
    title: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Defect:
    """Something that is wrong with the policy itself."""

    id: str
    clauses: tuple[str, ...]
    finding: str
    remedy: str


@cache
def sections() -> tuple[Section, ...]:
    """Return the policy, section by section.

    Raises:
        ConfigError: it names file, clause and remedy.
    """
    folder = resources.files(_PACKAGE) / "sections"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=_name)
    return tuple(_section(file.name, tomllib.loads(file.read_text("utf-8"))) for file in files)


def clauses() -> tuple[Clause, ...]:
    """Return all clauses in the order of the policy."""
    return tuple(one for section in sections() for one in section.clauses)


@cache
def defects() -> tuple[Defect, ...]:
    """Return what is wrong with the policy itself."""
    file = resources.files(_PACKAGE) / "defects.toml"
    rows = tomllib.loads(file.read_text("utf-8"))["defect"]
    return tuple(
        Defect(row["id"], tuple(row["clauses"]), row["finding"], row["remedy"]) for row in rows
    )


def _name(file: Any) -> str:
    return str(file.name)


def _section(name: str, table: dict[str, Any]) -> Section:
    number = table["section"]
    rows = tuple(_clause(name, number, row) for row in table["clause"])
    return Section(number, table["title"], rows)


def _clause(name: str, section: str, row: dict[str, Any]) -> Clause:
    where = f"{name}: {row.get('id', 'a clause without id')}"
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise ConfigError(f"{where}: {unknown[0]}: not a key of a clause; known: {known}")
    try:
        return Clause(
            id=row["id"],
            section=section,
            duty=row["duty"],
            kind=Kind(row["kind"]),
            served=row["served"],
            sources=tuple(_source(text) for text in row.get("evidence", [])),
            gap=row.get("gap", ""),
            owner=Office(row["owner"]),
            proof=tuple(row.get("proof", [])),
            review_months=row.get("review_months", _REVIEW_MONTHS),
        )
    except KeyError as error:
        raise ConfigError(f"{where}: {error.args[0]}: missing; add it") from error
    except ValueError as error:
        raise ConfigError(f"{where}: {error}; see model.py for what may stand there") from error


def _source(text: str) -> tuple[Source, str]:
    if text.startswith(f"{Source.POSTURE.value}_"):
        return Source.POSTURE, text.partition("_")[2]
    return Source(text), ""
