"""A pack that came over the network: is it the one that was meant, whole, and does it work here?

Everything that its bytes could do to a program happens in a child process with bounds of time and
memory: reading, compiling, and running the pack's own examples on this machine's engine.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tutelage_policy.apart import run_apart
from tutelage_policy.build import load_pack
from tutelage_policy.errors import PackError
from tutelage_policy.lint import run_examples
from tutelage_policy.match import Matcher

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
    try:
        told = run_apart(__name__, str(pack), now.isoformat(), seconds=seconds)
    except TimeoutError as error:
        raise PackError(f"{pack.name}: its own examples took more than {seconds:.0f} s") from error
    if told is None:
        raise PackError(f"{pack.name}: it ended the process that tried it")
    answer = json.loads(told)
    if "wrong" in answer:
        raise PackError(answer["wrong"])
    return Proof(**answer)


def _tried(pack: Path, now: datetime) -> Proof:
    """Return what ``pack`` says of itself.

    Raises:
        PackError: it is no pack, or an example fails.
    """
    found = load_pack(pack)
    failures = run_examples(found, now, Matcher(found))
    if failures:
        told = ", ".join(sorted({one.rule for one in failures})[:_MOST_TOLD])
        raise PackError(f"{pack.name}: {len(failures)} examples do not do what they should: {told}")
    return Proof(found.name, found.version, found.sha256, len(found.rules))


def _main(pack: Path, now: datetime) -> None:
    """Be the child process."""
    _bound()
    try:
        answer: dict[str, object] = asdict(_tried(pack, now))
    except PackError as error:
        answer = {"wrong": str(error)}
    except MemoryError:
        answer = {"wrong": f"{pack.name}: it takes more memory than is allowed"}
    sys.stdout.write(json.dumps(answer))


def _bound() -> None:
    """Limit this process, where the system can."""
    if sys.platform != "win32":
        import os
        import resource

        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (PROOF_BYTES, PROOF_BYTES))
        with suppress(OSError):
            os.nice(10)


if __name__ == "__main__":  # what ``prove`` starts
    _main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
