"""Programs, scripts and macro documents that arrive in download folders."""

from tutelage_agent.sensors.downloads.sensor import DownloadsSensor

__all__ = ["DownloadsSensor"]
