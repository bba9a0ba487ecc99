"""More of a text in which something was found: kept for a few days, sent to who asks with a reason.

What is kept is sealed to the readers in the moment of the finding, so that nobody at this device
can open it, the agent neither. Answering a request is sending those bytes: there is nothing to
decide here, and nothing else that a request could make a device do.
"""

from tutelage_agent.context.answering import Answering
from tutelage_agent.context.ring import ContextRing, Held, delete_all

__all__ = ["Answering", "ContextRing", "Held", "delete_all"]
