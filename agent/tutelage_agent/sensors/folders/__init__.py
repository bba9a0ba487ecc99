"""Folders in which files are read once each: what ``files`` and ``downloads`` have in common."""

from tutelage_agent.sensors.folders.reader import FolderReader, Fresh
from tutelage_agent.sensors.folders.sensor import FolderSensor, FolderSettings
from tutelage_agent.sensors.folders.watching import Root

__all__ = ["FolderReader", "FolderSensor", "FolderSettings", "Fresh", "Root"]
