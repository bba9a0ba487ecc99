"""What reports and the policy ledger rest on: counts of a span of days, gathered once. No names."""

from tutelage_collector.figures.gather import gather, gather_registers
from tutelage_collector.figures.model import (
    Casework,
    Figures,
    ProfileSeen,
    Registers,
    Response,
    Seen,
    SensorCount,
)
from tutelage_collector.figures.period import (
    Period,
    Term,
    academic_year,
    last_days,
    term_of,
    terms_before,
)

__all__ = [
    "Casework",
    "Figures",
    "Period",
    "ProfileSeen",
    "Registers",
    "Response",
    "Seen",
    "SensorCount",
    "Term",
    "academic_year",
    "gather",
    "gather_registers",
    "last_days",
    "term_of",
    "terms_before",
]
