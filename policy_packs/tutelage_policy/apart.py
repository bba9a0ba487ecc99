"""A module of this package as a child process: what it needs for a moment goes when it ends.

Not ``multiprocessing``: its spawned children leave a resource tracker behind for as long as the
parent lives, a second Python of 13 MB that nothing needs here (measured 2026-11-28), and they run
the parent's main module anew.
"""

from __future__ import annotations

import os
import subprocess
import sys


def run_apart(module: str, *words: str, seconds: float | None = None) -> str | None:
    """Run ``python -m module words`` with the import path of this process.

    Args:
        module: of this package.
        words: its arguments.
        seconds: that it may take; None = any. Then it is killed.

    Returns:
        What it printed; None where it failed.

    Raises:
        TimeoutError: it took longer than ``seconds``.
        OSError: no process can be started.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", "-X", "utf8", "-m", module, *words]
    try:
        ended = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{module} took more than {seconds} s") from error
    return ended.stdout if ended.returncode == 0 else None
