"""The product's main job, for real, on this machine: ``tutelage-collector demo``."""

from tutelage_collector.demo.conduct import demo

__all__ = ["demo"]
