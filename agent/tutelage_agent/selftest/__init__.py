"""Proof that monitoring works: self-tests that travel the whole path for real."""

from tutelage_agent.selftest.phrase import document, new_code, phrase
from tutelage_agent.selftest.scheduled import ScheduledTest

__all__ = ["ScheduledTest", "document", "new_code", "phrase"]
