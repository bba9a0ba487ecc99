"""The child: looks at one desktop as the person whose it is, and says what is in front.

Of a window that says that it is private it says so, and not its title: that never leaves the child.

``feed.py`` starts it as ``python -I -m tutelage_agent.host.foreground.child``. It gives up what the
person's account does not have before it opens the display, and ends when the agent does.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace

from tutelage_agent.host.foreground.lines import Foreground, dumps
from tutelage_agent.unspoken import leave_no_dump

if sys.platform == "win32":
    from tutelage_agent.host.foreground.windows import REFUSED, Eyes
elif sys.platform == "darwin":
    from tutelage_agent.host.foreground.macos import REFUSED, Eyes
else:
    from tutelage_agent.host.foreground.x11 import REFUSED, Eyes

GONE, NOT_LET_IN = 3, 4
STILL_EVERY = 30.0
"""Seconds after which an unchanged window is said again, with how long nobody moved."""
SETTLE = 0.3
"""Seconds between two lines: a title that runs through states is said once."""


def main(arguments: list[str]) -> int:
    """Look until the agent ends; return an exit code.

    Args:
        arguments: uid and gid to become (-1: stay), the display, and ``titles`` or ``programs``.
    """
    uid, gid, display, titles = arguments
    answers = os.dup(1)
    # Nothing that a library prints may be taken for a line.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    become(int(uid), int(gid))
    leave_no_dump()  # after the change of account, which lets it be dumped again
    try:
        eyes = Eyes(display)
    except REFUSED:
        return NOT_LET_IN
    try:
        return _tell(eyes, answers, titles=titles == "titles")
    except REFUSED:
        return GONE


def become(uid: int, gid: int) -> None:
    """Give up what the person's account does not have; -1 = stay."""
    if sys.platform != "win32" and uid >= 0 and os.geteuid() != uid:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _tell(eyes: Eyes, answers: int, *, titles: bool) -> int:
    before: tuple[str, str, bool] | None = None
    said_at = 0.0
    while True:
        seen = eyes.look()
        now = time.monotonic()
        if seen is not None:
            look = (seen.program, seen.title, seen.private)
            if look != before or now - said_at >= STILL_EVERY:
                shown = titles and not seen.private
                os.write(answers, dumps(seen if shown else replace(seen, title="")))
                before, said_at = look, now
        elif now - said_at >= STILL_EVERY:
            os.write(answers, dumps(Foreground("", "", -1, private=False)))
            before, said_at = None, now
        time.sleep(SETTLE)
        if not eyes.wait(0, max(0.0, said_at + STILL_EVERY - time.monotonic())):
            return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
