"""``store check|rebuild``: is what is stored still what was signed?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutelage_collector import config, digests, state, witness
from tutelage_collector.errors import StateError
from tutelage_collector.instance_lock import InstanceLock
from tutelage_wire import times

if TYPE_CHECKING:
    import argparse


def add_parsers(verbs: Any) -> None:
    """Add the verb to the parser."""
    store = verbs.add_parser("store", help="check what is stored, or make its tables anew")
    parts = store.add_subparsers(dest="part", metavar="check|digest|rebuild", required=True)
    check = parts.add_parser("check", help="verify every stored signature (status 1 = a fault)")
    check.add_argument(
        "--against", type=Path, metavar="DIGEST", help="and whether all of a digest is still there"
    )
    check.set_defaults(run=_check)
    digest = parts.add_parser(
        "digest", help="sign where every chain stands; keep it away from this machine"
    )
    digest.add_argument("--out", type=Path, required=True, metavar="FILE")
    digest.set_defaults(run=_digest)
    rebuild = parts.add_parser("rebuild", help="make alerts and judgements again from batches")
    rebuild.set_defaults(run=_rebuild)


def _check(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with closing(state.open_store(settings)) as store:
        wrong = store.check()
        if options.against:
            known = state.load(settings.folder).checkpoint_keys.public()
            digest = witness.read(_read(options.against), known)
            wrong += witness.compare(digest, store.batches())
            wrong += witness.compare_audit(digest, store.audit_log())
    for line in wrong:
        print(line)
    print(f"{len(wrong)} faults." if wrong else "Every stored batch is as it was signed.")
    return 1 if wrong else 0


def _digest(options: argparse.Namespace) -> int:
    settings, now = config.load(options.state.absolute()), times.utc_now()
    held = state.load(settings.folder)
    with closing(state.open_store(settings)) as store:
        text = digests.make(store, settings.trust, held.checkpoint_key, now)
    try:
        options.out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateError(f"{options.out}: cannot be written ({error.strerror})") from error
    print(f"Digest: {options.out}. Give it to somebody who does not run this collector.")
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"{path}: cannot be read ({error})") from error


def _rebuild(options: argparse.Namespace) -> int:
    settings = config.load(options.state.absolute())
    with InstanceLock(settings.folder), closing(state.open_store(settings)) as store:
        done = store.rebuild()
    print(f"{done.batches} batches read; {done.unreadable} events say nothing to this version.")
    return 0
