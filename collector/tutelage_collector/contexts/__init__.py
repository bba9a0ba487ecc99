"""More of the text around a finding: who may ask, what came of it, and how a device is asked.

A device keeps a wider stretch sealed for a few days (``tutelage_wire.context``). Asking is an act
of its own: one finding, one person, a reason that is on record, so many a day.
"""

from tutelage_collector.contexts.carrier import Carrier
from tutelage_collector.contexts.desk import ask, look, look_all, may_ask
from tutelage_collector.contexts.standing import Context, Standing

__all__ = ["Carrier", "Context", "Standing", "ask", "look", "look_all", "may_ask"]
