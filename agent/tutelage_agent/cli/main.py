"""``tutelage-agent``: check this device, enrol it, run the agent, see how it is doing.

Exit status: 0 done, 1 found something (a failed check, an agent that is not running), 2 misuse
or a fault that the message explains.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_agent.errors import AgentError
from tutelage_wire import __version__
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FOUND, MISUSE = 0, 1, 2
_VERBS = {
    "check": ("check", "record", "attest"),
    "run": ("enrol", "run", "status"),
    "keys": ("keys",),
    "notice": ("notice",),
    "report_concern": ("report-concern",),
    "selftest": ("selftest",),
    "lists": ("lists",),
    "service": ("service",),
    "witness": ("witness",),
}
"""Of each module here its verbs. Only the module of the verb that is asked for is loaded: the
running agent would carry 4 MB that it never uses, and each verb would start later."""


def parser(asked: str = "") -> argparse.ArgumentParser:
    """Return the parser, whose help texts the README quotes; or that of the verb ``asked`` only."""
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
    chosen = [module for module, words in _VERBS.items() if asked in words]
    for module in chosen or _VERBS:
        import_module(f"tutelage_agent.cli.{module}").add_parsers(verbs)
    return top


def _asked(arguments: Sequence[str] | None) -> str:
    """Return the verb that ``arguments`` ask for; "" where they need the whole parser."""
    first = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    first.add_argument("-h", "--help", "--version", action="store_true", dest="whole")
    first.add_argument("--config")
    first.add_argument("verb", nargs="?", default="")
    try:
        known, _ = first.parse_known_args(arguments)
    except argparse.ArgumentError:  # the whole parser says what is wrong
        return ""
    return str(known.verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    options = parser(_asked(arguments)).parse_args(arguments)
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
