"""The child: reads documents from its input until it ends, and can do nothing else.

Started by ``bounded.py`` as ``python -I -m tutelage_agent.extract.child``. It gets bytes, not
paths; on POSIX it limits itself before it reads any, gives up being root, and on Linux the
network too. On Windows its parent puts it into a job object with the same limits.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

from tutelage_agent.extract import documents, frames
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Extraction, Outcome
from tutelage_agent.unspoken import leave_no_dump

if sys.platform != "win32":
    import resource

LIBRARIES = ("email", "zipfile", "pypdfium2", "striprtf", "olefile", __name__)
"""Some of what is loaded when the first document of its kind comes."""

NOBODY = 65534


def confine(limits: Limits) -> None:
    """Take from this process what reading documents does not need."""
    leave_no_dump()
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    if sys.platform == "linux":
        # Elsewhere address space is no measure; the parent looks at resident memory there.
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    with contextlib.suppress(OSError):
        os.nice(limits.nice)
    if os.geteuid() == 0:
        _give_up_root()


if sys.platform != "win32":

    def _give_up_root() -> None:
        if sys.platform == "linux":
            import ctypes

            clone_newnet, pr_set_no_new_privs = 0x40000000, 38
            libc = ctypes.CDLL(None, use_errno=True)
            libc.unshare(clone_newnet)
            libc.prctl(pr_set_no_new_privs, 1, 0, 0, 0)
        if not _loadable_by_nobody():
            return
        # A service without these capabilities stays what it is; systemd's sandbox bounds it.
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)

    def _loadable_by_nobody() -> bool:
        # Libraries are loaded late, to keep the child small. An installed agent's are readable
        # by everybody; a developer's interpreter below /root is not, and so stays root's.
        origins = [
            spec.origin
            for name in LIBRARIES
            if (spec := importlib.util.find_spec(name)) is not None and spec.origin is not None
        ]
        try:
            os.seteuid(NOBODY)
        except OSError:
            return False
        try:
            return all(os.access(origin, os.R_OK, effective_ids=True) for origin in origins)
        finally:
            os.seteuid(0)

    def _allow_cpu(seconds: int) -> None:
        used = time.process_time()
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 1, hard))

    def _peak_kib() -> int:
        if sys.platform == "linux":
            # ru_maxrss counts the parent's memory, from before this program was started.
            status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
            return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


def read_one(requests: BinaryIO, limits: Limits) -> Extraction | None:
    """Read one document; None when the parent has gone."""
    length = requests.read(1)
    if not length:
        return None
    name = frames.exactly(requests, length[0]).decode("ascii")
    try:
        data = b"".join(frames.chunks(requests))
        return documents.read(data, name, limits)
    except MemoryError:
        return Extraction(Outcome.BOMB)
    except RecursionError:
        return Extraction(Outcome.BOMB)


def main(arguments: list[str]) -> int:
    """Read documents until the input ends. ``arguments`` are the limits, in their order."""
    limits = Limits(*map(int, arguments))
    requests: BinaryIO = os.fdopen(os.dup(0), "rb")
    answers: BinaryIO = os.fdopen(os.dup(1), "wb", buffering=0)
    # Nothing that a library prints may be taken for an answer, or reach anybody's log.
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.chdir(Path(sys.executable).anchor or "/")
    confine(limits)
    while True:
        if sys.platform != "win32":
            _allow_cpu(limits.cpu_seconds)
        began = time.process_time()
        extraction = read_one(requests, limits)
        if extraction is None:
            return 0
        spent = int((time.process_time() - began) * 1000)
        peak = _peak_kib() if sys.platform != "win32" else 0
        waiting = memoryview(frames.answer(extraction, peak, spent))
        while waiting:
            waiting = waiting[answers.write(waiting) or 0 :]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
