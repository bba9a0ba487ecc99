"""The verb ``witness``: what this device saw of the collector's log, to lay beside others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_agent import witness
from tutelage_agent.config import read_config
from tutelage_agent.errors import AgentError
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the verb."""
    verb = verbs.add_parser(
        "witness",
        help="what this device saw of the collector's log of all devices",
        description="Shows size and root of the collector's log as it signed them for this device, "
        "one a day. A copy of them elsewhere shows later whether records were cut short, changed, "
        "or shown in two forms: tutelage-collector audit verify --against FOLDER.",
    )
    verb.add_argument("--out", type=Path, metavar="FILE", help="write a copy, to keep elsewhere")
    verb.add_argument("--json", action="store_true", help="as JSON")
    verb.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    folder = read_config(options.config).state_folder
    found = witness.kept(folder)
    if options.out is not None:
        try:
            shutil.copyfile(folder / witness.FILE, options.out)
        except FileNotFoundError as error:
            raise AgentError(
                f"{folder / witness.FILE}: nothing was seen yet; the agent writes it when a "
                "connection ends, every ten minutes or so"
            ) from error
        except OSError as error:
            raise AgentError(f"{options.out}: cannot be written ({error.strerror})") from error
        print(f"{len(found)} signed checkpoints: {options.out}. They hold no name and no text.")
        return 0
    rows = [
        {"at": times.text(one.body.time), "size": one.root.size, "root": one.root.root.hex()}
        for one in found
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    for row in rows:
        print(f"{row['at']}  {row['size']:>10} batches  {row['root']}")
    if not rows:
        print("Nothing yet: the agent writes it when a connection ends, every ten minutes or so.")
    return 0
