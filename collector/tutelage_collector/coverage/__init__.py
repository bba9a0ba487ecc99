"""How much of a school monitoring covers, and what it cannot see: pure, from what is stored."""

from tutelage_collector.coverage.assess import Coverage, DeviceLine, assess
from tutelage_collector.coverage.gather import of_store
from tutelage_collector.coverage.inventory import read_inventory
from tutelage_collector.coverage.standing import FAULTS, ChannelLine, Fault, Proof, Standing
from tutelage_collector.coverage.words import Spot, in_words, never_seen

__all__ = [
    "FAULTS",
    "ChannelLine",
    "Coverage",
    "DeviceLine",
    "Fault",
    "Proof",
    "Spot",
    "Standing",
    "assess",
    "in_words",
    "never_seen",
    "of_store",
    "read_inventory",
]
