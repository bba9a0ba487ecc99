"""Judgements of devices -> the sentences of the policy: pure, and honest about what is unknown."""

from tutelage_collector.compliance.clauses import Clause, clauses
from tutelage_collector.compliance.counting import ClauseCount, count
from tutelage_collector.compliance.drift import Change, changes
from tutelage_collector.compliance.report import (
    PROFILE,
    ClauseRow,
    DueDay,
    Report,
    Standing,
    assess,
    of_store,
)

__all__ = [
    "PROFILE",
    "Change",
    "Clause",
    "ClauseCount",
    "ClauseRow",
    "DueDay",
    "Report",
    "Standing",
    "assess",
    "changes",
    "clauses",
    "count",
    "of_store",
]
