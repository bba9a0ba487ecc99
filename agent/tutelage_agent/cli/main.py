"""``tutelage-agent``: check this device, enrol it, run the agent, see how it is doing.

Exit status: 0 done, 1 found something (a failed check, an agent that is not running), 2 misuse
or a fault that the message explains.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.cli import (
    check,
    keys,
    lists,
    notice,
    report_concern,
    run,
    selftest,
    service,
    witness,
)
from tutelage_agent.errors import AgentError
from tutelage_wire import __version__
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FOUND, MISUSE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """Return the parser, whose help texts the README quotes."""
    top = argparse.ArgumentParser(
        prog="tutelage-agent",
        description="Checks a school device's security and watches for signs that a child is "
        "at risk, as the school's signed policy says.",
    )
    top.add_argument("--version", action="version", version=f"tutelage-agent {__version__}")
    top.add_argument(
        "--config", type=Path, metavar="FILE", help="settings file (default: the installed one)"
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    check.add_parsers(verbs)
    run.add_parsers(verbs)
    keys.add_parsers(verbs)
    notice.add_parsers(verbs)
    report_concern.add_parsers(verbs)
    selftest.add_parsers(verbs)
    lists.add_parsers(verbs)
    service.add_parsers(verbs)
    witness.add_parsers(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (AgentError, WireError) as error:
        print(f"tutelage-agent: {error}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a list went away: that is its right
        sys.stderr.close()
        return DONE
