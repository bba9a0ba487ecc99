"""Proof that monitoring works: self-tests that travel the whole path for real."""

from tutelage_agent.selftest.phrase import document, new_code, phrase
from tutelage_agent.selftest.probes import DocumentProbe, PageProbe, WindowProbe
from tutelage_agent.selftest.scheduled import ScheduledTests

__all__ = [
    "DocumentProbe",
    "PageProbe",
    "ScheduledTests",
    "WindowProbe",
    "document",
    "new_code",
    "phrase",
]
