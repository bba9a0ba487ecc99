"""Documents that are written, renamed or brought: their text and their names."""

from tutelage_agent.sensors.files.sensor import FilesSensor
from tutelage_agent.sensors.folders import FolderSettings, Root

__all__ = ["FilesSensor", "FolderSettings", "Root"]
