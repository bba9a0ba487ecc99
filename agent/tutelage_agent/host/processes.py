"""Which programs run on a POSIX machine, by name only: no arguments, no owners."""

from __future__ import annotations

import os
from pathlib import Path

from tutelage_agent.host.reading import Outcome, Reading, nothing, value


def names(proc: Path = Path("/proc")) -> Reading[tuple[str, ...]]:
    """Return the distinct names of running processes, sorted, as in ``/proc/<pid>/comm``.

    Returns:
        VALUE; DENIED where ``/proc`` hides other accounts' processes (``hidepid``): a list with
        gaps would make what is not in it look as if it did not run.
    """
    try:
        pids = [name for name in os.listdir(proc) if name.isdigit()]  # noqa: PTH208 - 3x faster
    except OSError as error:
        return nothing(Outcome.ERROR, type(error).__name__)
    if str(os.getpid()) not in pids:
        return nothing(Outcome.ERROR, "/proc does not even show this program")
    if "1" not in pids:
        return nothing(Outcome.DENIED, "/proc hides other accounts' processes")
    found = set()
    for pid in pids:
        try:
            with open(f"{proc}/{pid}/comm", "rb") as file:  # noqa: PTH123 - hundreds of them
                found.add(file.read(64).decode("utf-8", "replace").strip())
        except OSError:
            continue  # It ended between the two looks.
    return value(tuple(sorted(found)))
