"""``tutelage-collector``: make a collector, serve, let devices in, see alerts and compliance.

Exit status: 0 done, 1 found something that a person should look at, 2 misuse or a fault that the
message explains.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_collector.cli import (
    accounts,
    alerts,
    approvals,
    audit,
    aup,
    certificates,
    concerns,
    coverage,
    cpoms,
    demo,
    devices,
    evidence,
    exemptions,
    ict,
    ledger,
    notify,
    people_data,
    policy,
    quiet,
    recipients,
    report,
    retention,
    reviews,
    rights,
    roles,
    rota,
    serve,
    store,
    tokens,
    training,
)
from tutelage_collector.errors import CollectorError
from tutelage_wire import __version__
from tutelage_wire.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FOUND, MISUSE, INTERRUPTED = 0, 1, 2, 130
STATE_VARIABLE = "TUTELAGE_COLLECTOR_STATE"


def default_state() -> Path:
    """Return the state folder where none is named."""
    named = os.environ.get(STATE_VARIABLE)
    return Path(named) if named else Path("tutelage-collector-state")


def parser() -> argparse.ArgumentParser:
    """Return the parser, whose help texts the README quotes."""
    top = argparse.ArgumentParser(
        prog="tutelage-collector",
        description="Collects what the agents of a school or trust found: alerts for the "
        "safeguarding lead, compliance with section 11 for the ICT manager.",
    )
    top.add_argument("--version", action="version", version=f"tutelage-collector {__version__}")
    top.add_argument(
        "--state",
        type=Path,
        metavar="FOLDER",
        default=default_state(),
        help=f"the collector's folder (default: ${STATE_VARIABLE}, "
        "else tutelage-collector-state here)",
    )
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for part in (
        demo,
        serve,
        certificates,
        policy,
        tokens,
        devices,
        alerts,
        rota,
        notify,
        concerns,
        cpoms,
        people_data,
        report,
        coverage,
        quiet,
        ledger,
        reviews,
        aup,
        training,
        roles,
        evidence,
        exemptions,
        ict,
        approvals,
        retention,
        rights,
        audit,
        recipients,
        accounts,
        store,
    ):
        part.add_parsers(verbs)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        return int(options.run(options))
    except (CollectorError, WireError) as error:
        print(f"tutelage-collector: {error}", file=sys.stderr)
        return MISUSE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a list went away: that is its right
        sys.stderr.close()
        return DONE
