"""Documents that are written, renamed or brought: their text and their names."""

from tutelage_agent.sensors.files.sensor import FilesSensor, FilesSettings
from tutelage_agent.sensors.files.watching import Root

__all__ = ["FilesSensor", "FilesSettings", "Root"]
