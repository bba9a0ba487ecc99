"""The verb ``build``: a pack as one versioned file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import canonical, load_pack
from tutelage_policy.errors import PackError
from tutelage_policy.match import Matcher

if TYPE_CHECKING:
    import argparse

DONE = 0


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add it to the parser of ``tutelage-pack``."""
    one = verbs.add_parser("build", help="write the pack as one versioned file")
    one.add_argument("-o", "--output", type=Path, help="default: NAME-VERSION.pack.json")
    one.add_argument("--json", action="store_true", help="as JSON")
    one.set_defaults(run=_build)


def _build(args: argparse.Namespace) -> int:
    """Write the pack's canonical bytes; every phrase is compiled first."""
    pack = load_pack(args.pack)
    matcher = Matcher(pack)
    output: Path = args.output or Path(f"{pack.name}-{pack.version}.pack.json")
    data = canonical(pack)
    try:
        output.write_bytes(data)
    except OSError as error:
        raise PackError(f"{output}: cannot be written: {error.strerror}") from error
    row = {"pack": pack.ref, "sha256": pack.sha256, "file": str(output), "bytes": len(data)}
    if args.json:
        print(json.dumps(row))
    else:
        print(f"{pack.ref}: {len(pack.rules)} rules, {len(data):,} bytes in {output}")
        print(f"engine here: {matcher.engine}; SHA-256 {pack.sha256}")
    return DONE
