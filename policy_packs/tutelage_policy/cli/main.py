"""``tutelage-pack``: lint, test, scan, explain, diff, stats and build a policy pack."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.cli import build, checks, compare, explain, scan
from tutelage_policy.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FOUND, MISUSE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """Return the parser, whose help texts the README quotes."""
    top = argparse.ArgumentParser(prog="tutelage-pack", description=__doc__)
    top.add_argument("--pack", type=Path, help="folder of the pack (default: the one that ships)")
    verbs = top.add_subparsers(dest="command", required=True)
    for room in (checks, scan, explain, compare, build):
        room.add_parsers(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; return 0 done, 1 found something to mend, 2 misuse."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except PackError as error:
        print(f"tutelage-pack: {error}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a list went away: that is its right
        sys.stderr.close()
        return DONE
