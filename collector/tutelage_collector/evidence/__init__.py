"""Evidence for people outside: what a device signed, provable without us, and nothing else."""

from tutelage_collector.evidence.export import export
from tutelage_collector.evidence.program import program
from tutelage_collector.evidence.strict import Fault
from tutelage_collector.evidence.told import NOT_PROVEN
from tutelage_collector.evidence.verifier import listed, verify

__all__ = ["NOT_PROVEN", "Fault", "export", "listed", "program", "verify"]
