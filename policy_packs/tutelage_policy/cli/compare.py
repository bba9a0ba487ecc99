"""The verbs ``diff`` and ``stats``: what changes between two packs, and how good one is."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack, plain
from tutelage_policy.clock import today_and_now
from tutelage_policy.compare import Quality, difference, quality, read_rows
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.model import AgeBand, RiskArea

if TYPE_CHECKING:
    import argparse

    from tutelage_policy.model import Pack

DONE, FOUND = 0, 1


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add them to the parser of ``tutelage-pack``."""
    one = verbs.add_parser("diff", help="which rules, examples and texts change grade")
    one.add_argument("old", type=Path, help="folder or built file")
    one.add_argument("new", type=Path, help="folder or built file")
    one.add_argument("--corpus", type=Path, nargs="*", default=[], help="JSON Lines to compare on")
    one.add_argument("--json", action="store_true", help="as JSON")
    one.set_defaults(run=_diff)
    two = verbs.add_parser("stats", help="what is in the pack; recall and precision on texts")
    two.add_argument("corpus", type=Path, nargs="*", help='JSON Lines {"id", "text", "label"}')
    two.add_argument("--json", action="store_true", help="as JSON")
    two.set_defaults(run=_stats)


def _diff(args: argparse.Namespace) -> int:
    """Say what changes between two packs; 1 where a grade does."""
    _, now = today_and_now()
    found = difference(load_pack(args.old), load_pack(args.new), read_rows(args.corpus), now)
    if args.json:
        print(json.dumps(plain(found), ensure_ascii=False))
        return FOUND if found.changed else DONE
    print(f"{found.old} -> {found.new}")
    for word, names in (
        ("added", found.added),
        ("removed", found.removed),
        ("altered", found.altered),
    ):
        for name in names:
            print(f"  {word}: {name}")
    for one in found.changed:
        print(f"  {one}")
    print(f"{len(found.changed)} of {found.texts} texts change grade")
    return FOUND if found.changed else DONE


def _stats(args: argparse.Namespace) -> int:
    """Count the pack, and measure it on each corpus."""
    _, now = today_and_now()
    pack = load_pack(args.pack)
    counts = _counts(pack)
    measured: list[Quality] = []
    if args.corpus:
        matcher = open_matcher(args.pack, default_cache())
        measured = [quality(matcher, f.stem, read_rows([f]), now) for f in args.corpus]
    if args.json:
        print(json.dumps({"pack": pack.ref, "counts": counts, "corpora": plain(measured)}))
        return DONE
    print(pack.ref)
    for name, count in counts.items():
        print(f"  {name:40} {count:6}")
    if measured:
        print(
            f"\n{'corpus':24}{'concerns':>9}{'recall@2':>10}{'recall@4':>10}{'benign':>8}", end=""
        )
        print(f"{'wrong@2/1000':>14}{'wrong@4/1000':>14}{'precision@2':>13}")
    for q in measured:
        print(
            f"{q.name:24}{q.concerns:9}{_cell(q.recall_log):>10}{_cell(q.recall_alert):>10}"
            f"{q.benign:8}{_cell(q.wrong_log_per_1000):>14}{_cell(q.wrong_alert_per_1000):>14}"
            f"{_cell(q.precision_log):>13}"
        )
    return DONE


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _counts(pack: Pack) -> dict[str, int]:
    counts: dict[str, int] = {
        "rules": len(pack.rules),
        "critical": sum(r.lane == "critical" for r in pack.rules),
        "examples": sum(len(r.matches) + len(r.ignores) for r in pack.rules),
        "suppressors": len(pack.suppressors),
        "curriculum windows": len(pack.windows),
        "sub-categories": len({r.topic for r in pack.rules}),
    }
    for area in RiskArea:
        counts[f"rules in {area}"] = sum(r.risk_area is area for r in pack.rules)
    by_grade = Counter(r.grade(AgeBand.SECONDARY) for r in pack.rules)
    for grade in range(1, 6):
        counts[f"grade {grade} (secondary)"] = by_grade[grade]
    for topic, count in sorted(Counter(r.topic for r in pack.rules).items()):
        counts[topic] = count
    return counts
