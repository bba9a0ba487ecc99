"""How much of a school monitoring covers, and what it cannot see: pure, from what is stored."""

from tutelage_collector.coverage.assess import (
    ChannelLine,
    Coverage,
    DeviceLine,
    Standing,
    assess,
)
from tutelage_collector.coverage.inventory import read_inventory
from tutelage_collector.coverage.words import Spot, in_words, never_seen

__all__ = [
    "ChannelLine",
    "Coverage",
    "DeviceLine",
    "Spot",
    "Standing",
    "assess",
    "in_words",
    "never_seen",
    "read_inventory",
]
