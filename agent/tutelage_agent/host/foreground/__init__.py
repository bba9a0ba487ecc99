"""Which window is in front, at each desktop where somebody works now.

A child of ours looks, as the person whose desktop it is, and says one line when that changes
(``child.py``). The agent itself opens no display: what a pupil's display server answers is parsed
without the agent's rights.
"""

from tutelage_agent.host.foreground.child_process import Sign
from tutelage_agent.host.foreground.desktop import Desktop, Kind
from tutelage_agent.host.foreground.desktops import desktops, is_locked
from tutelage_agent.host.foreground.feed import Coverage, Feed
from tutelage_agent.host.foreground.lines import Foreground

__all__ = ["Coverage", "Desktop", "Feed", "Foreground", "Kind", "Sign", "desktops", "is_locked"]
