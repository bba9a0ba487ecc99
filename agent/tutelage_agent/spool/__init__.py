"""Events wait here, on disk, until the collector has signed that it stored them.

Two files, one a lane: ``urgent`` is committed with a full sync before ``append`` returns, because
a concern must survive a power cut; ``bulk`` is synced when a batch is closed, so that a power cut
costs at most the last two seconds of heartbeats (reference: architecture.md, section 3.6).
"""

from tutelage_agent.spool.lane import Priority
from tutelage_agent.spool.spool import Chain, Spool, SpoolStats

__all__ = ["Chain", "Priority", "Spool", "SpoolStats"]
