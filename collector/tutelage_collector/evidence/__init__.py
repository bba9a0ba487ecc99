"""Evidence for people outside: what a device signed, provable without us, and nothing else."""

from tutelage_collector.evidence.export import export
from tutelage_collector.evidence.verifier import Fault, verify

__all__ = ["Fault", "export", "verify"]
