"""A pack that came over the network: is it the one that was meant, whole, and does it work here?

Everything that its bytes could do to a program happens in a child process with bounds of time and
memory: reading, compiling, and running the pack's own examples on this machine's engine.
"""

from __future__ import annotations

import multiprocessing
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack
from tutelage_policy.errors import PackError
from tutelage_policy.lint import run_examples
from tutelage_policy.match import Matcher

if TYPE_CHECKING:
    from datetime import datetime
    from multiprocessing.connection import Connection
    from pathlib import Path

PROOF_SECONDS = 600.0
"""For the slowest laptop; the pack that ships takes twenty on two busy cores."""
PROOF_BYTES = 3 * 2**30
_MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """What a pack said of itself, after all its examples did what they should."""

    name: str
    version: str
    sha256: str
    rules: int


def prove(pack: Path, now: datetime, seconds: float = PROOF_SECONDS) -> Proof:
    """Read, compile and try a built pack, in a child process.

    Raises:
        PackError: it is no pack, an example fails, or it takes too long or too much.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_in_child, args=(pack, now, there), daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(seconds):
            raise PackError(f"{pack.name}: its own examples took more than {seconds:.0f} s")
        answer = here.recv()
    except EOFError as error:
        raise PackError(f"{pack.name}: it ended the process that tried it") from error
    finally:
        child.kill()
        child.join()
        here.close()
    if isinstance(answer, Proof):
        return answer
    raise PackError(str(answer))


def _in_child(pack: Path, now: datetime, answer: Connection) -> None:
    _bound()
    try:
        found = load_pack(pack)
        failures = run_examples(found, now, Matcher(found))
    except PackError as error:
        answer.send(str(error))
    except MemoryError:
        answer.send(f"{pack.name}: it takes more memory than is allowed")
    else:
        if failures:
            told = ", ".join(sorted({one.rule for one in failures})[:_MOST_TOLD])
            answer.send(f"{pack.name}: {len(failures)} examples do not do what they should: {told}")
        else:
            answer.send(Proof(found.name, found.version, found.sha256, len(found.rules)))


def _bound() -> None:
    """Limit this process, where the system can."""
    if sys.platform != "win32":
        import os
        import resource

        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (PROOF_BYTES, PROOF_BYTES))
        with suppress(OSError):
            os.nice(10)
