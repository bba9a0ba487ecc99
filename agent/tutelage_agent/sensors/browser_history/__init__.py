"""Browser history: what was visited and searched, read while the browser runs."""

from tutelage_agent.sensors.browser_history.copies import sweep
from tutelage_agent.sensors.browser_history.counts import CategoryCounts
from tutelage_agent.sensors.browser_history.judging import VisitJudge
from tutelage_agent.sensors.browser_history.profiles import Home
from tutelage_agent.sensors.browser_history.sensor import BrowserHistorySensor, HistorySettings

__all__ = [
    "BrowserHistorySensor",
    "CategoryCounts",
    "HistorySettings",
    "Home",
    "VisitJudge",
    "sweep",
]
