"""``store check|rebuild``: is what is stored still what was signed?"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, state
from tutelage_collector.instance_lock import InstanceLock

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    store = verbs.add_parser("store", help="check what is stored, or make its tables anew")
    parts = store.add_subparsers(dest="part", metavar="check|rebuild", required=True)
    check = parts.add_parser("check", help="verify every stored signature (status 1 = a fault)")
    check.set_defaults(run=_check)
    rebuild = parts.add_parser("rebuild", help="make alerts and judgements again from batches")
    rebuild.set_defaults(run=_rebuild)


def _check(options: argparse.Namespace) -> int:
    with closing(state.open_store(config.load(options.state.absolute()))) as store:
        wrong = store.check()
    for line in wrong:
        print(line)
    print(f"{len(wrong)} faults." if wrong else "Every stored batch is as it was signed.")
    return 1 if wrong else 0


def _rebuild(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with InstanceLock(settings.folder), closing(state.open_store(settings)) as store:
        done = store.rebuild()
    print(f"{done.batches} batches read; {done.unreadable} events say nothing to this version.")
    return 0
