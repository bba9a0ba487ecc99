"""The child that shows a self-test's window at one desktop, as the person whose desktop it is.

``child_process.py`` starts it as ``python -I -m tutelage_agent.host.foreground.sign``; its title is
the self-test's reserved phrase, and it says what it is. macOS has none yet.
"""

from __future__ import annotations

import os
import sys

from tutelage_agent.host.foreground.child import GONE, NOT_LET_IN, become

if sys.platform == "win32":
    from tutelage_agent.host.foreground.sign_windows import REFUSED, show
elif sys.platform == "darwin":
    raise ImportError("a window of our own is not shown on a Mac")
else:
    from tutelage_agent.host.foreground.sign_x11 import REFUSED, show

DISTURBED = 5
TEXT = "This device is testing its monitoring.\nIt closes by itself; nothing is wrong."


def main(arguments: list[str]) -> int:
    """Show the window; return an exit code.

    Args:
        arguments: uid and gid to become (-1: stay), the display, the title and the seconds.
    """
    uid, gid, display, title, seconds = arguments
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    become(int(uid), int(gid))
    try:
        stayed = show(display, title, TEXT, float(seconds), 0)
    except REFUSED:
        return NOT_LET_IN
    except OSError:
        return GONE
    return 0 if stayed else DISTURBED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
