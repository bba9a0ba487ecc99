"""How the device is used, as shares and signals: no title and no address is kept or told."""

from tutelage_agent.sensors.usage.meter import Meter
from tutelage_agent.sensors.usage.sensor import UsageSensor, UsageSettings
from tutelage_agent.sensors.usage.visited import Visited

__all__ = ["Meter", "UsageSensor", "UsageSettings", "Visited"]
