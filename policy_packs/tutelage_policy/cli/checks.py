"""The verbs ``lint`` and ``test``: is a pack sound, and does it do what its examples say?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack
from tutelage_policy.clock import today_and_now
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.lint import lint, run_examples

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

DONE, FOUND = 0, 1


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the parser of ``tutelage-pack``."""
    one = verbs.add_parser("lint", help="check the pack against the rules of the house")
    one.add_argument("--json", action="store_true", help="faults as JSON")
    one.add_argument("--only", default="", help="only rules whose id begins with this")
    one.set_defaults(run=_lint)
    two = verbs.add_parser("test", help="run every rule's own examples")
    two.add_argument("--json", action="store_true", help="failures as JSON")
    two.add_argument("--only", default="", help="only rules whose id begins with this")
    two.set_defaults(run=_test)


def _say(rows: Sequence[object], nothing: str, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps([{k: getattr(row, k) for k in row.__slots__} for row in rows]))  # type: ignore[attr-defined]
    else:
        for row in rows:
            print(row)
        print(nothing if not rows else f"{len(rows)} to mend")
    return FOUND if rows else DONE


def _lint(args: argparse.Namespace) -> int:
    today, _ = today_and_now()
    pack = load_pack(args.pack)
    faults = [f for f in lint(pack, today) if f.rule.startswith(args.only) and not f.warning]
    good = f"{pack.ref}: {len(pack.rules)} rules, {len(pack.suppressors)} suppressors: sound"
    return _say(faults, good, as_json=args.json)


def _test(args: argparse.Namespace) -> int:
    _, now = today_and_now()
    pack = load_pack(args.pack)
    matcher = open_matcher(args.pack, default_cache())
    failures = [
        f for f in run_examples(pack, now, matcher, whole=True) if f.rule.startswith(args.only)
    ]
    count = sum(len(r.matches) + len(r.ignores) for r in pack.rules)
    return _say(
        failures, f"{pack.ref}: {count} examples of {len(pack.rules)} rules pass", as_json=args.json
    )
