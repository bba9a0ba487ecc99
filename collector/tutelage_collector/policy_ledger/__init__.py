"""The whole Online Safety Policy as data: what serves each clause, its evidence, its gap."""

from tutelage_collector.policy_ledger.evidence import Evidence, evidence_for
from tutelage_collector.policy_ledger.ledger import Entry, entries, entry
from tutelage_collector.policy_ledger.model import (
    Clause,
    Defect,
    Kind,
    Section,
    Source,
    clauses,
    defects,
    sections,
)

__all__ = [
    "Clause",
    "Defect",
    "Entry",
    "Evidence",
    "Kind",
    "Section",
    "Source",
    "clauses",
    "defects",
    "entries",
    "entry",
    "evidence_for",
    "sections",
]
