"""Report a concern at this device: a page on loopback, sealed here before it is kept.

Whoever sits here writes as themselves and of their own will: this is no monitoring, so that it
works outside of monitored hours and without a policy too.
"""

from tutelage_agent.reporting.page import ReportPage
from tutelage_agent.reporting.words import How, Report, Urgency, finding_of

__all__ = ["How", "Report", "ReportPage", "Urgency", "finding_of"]
