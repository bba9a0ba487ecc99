"""``tutelage-pack`` explain, diff, stats and build: what a pack does, and why."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import canonical, load_pack, plain, result_from
from tutelage_policy.clock import today_and_now
from tutelage_policy.compare import Quality, difference, quality, read_rows
from tutelage_policy.errors import PackError
from tutelage_policy.explain import explain, lines
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.match import Matcher
from tutelage_policy.model import AgeBand, Channel, RiskArea

if TYPE_CHECKING:
    import argparse

    from tutelage_policy.model import Pack

DONE, FOUND = 0, 1


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the four commands to the parser of ``tutelage-pack``."""
    one = commands.add_parser("explain", help="why a text, or a stored event, got its grade")
    one.add_argument(
        "what", metavar="TEXT|EVENT", help="a text, or the explanation of an event (JSON or file)"
    )
    one.add_argument("--channel", type=Channel, default=Channel.FILE, choices=list(Channel))
    one.add_argument("--age-band", type=AgeBand, default=AgeBand.SECONDARY, choices=list(AgeBand))
    one.add_argument("--json", action="store_true", help="as JSON")
    two = commands.add_parser("diff", help="which rules, examples and texts change grade")
    two.add_argument("old", type=Path, help="folder or built file")
    two.add_argument("new", type=Path, help="folder or built file")
    two.add_argument("--corpus", type=Path, nargs="*", default=[], help="JSON Lines to compare on")
    two.add_argument("--json", action="store_true", help="as JSON")
    three = commands.add_parser("stats", help="what is in the pack; recall and precision on texts")
    three.add_argument("corpus", type=Path, nargs="*", help='JSON Lines {"id", "text", "label"}')
    three.add_argument("--json", action="store_true", help="as JSON")
    four = commands.add_parser("build", help="write the pack as one versioned file")
    four.add_argument("-o", "--output", type=Path, help="default: NAME-VERSION.pack.json")
    four.add_argument("--json", action="store_true", help="as JSON")


def run_explain(args: argparse.Namespace) -> int:
    """Explain a text, or an event's stored result; 1 where it has a grade."""
    _, now = today_and_now()
    pack = load_pack(args.pack)
    stored = _stored(args.what)
    if stored:
        result = result_from(stored)
        one = explain(pack, result)
    else:
        matcher = open_matcher(args.pack, default_cache())
        result = matcher.scan(args.what, args.channel, args.age_band, now=now)
        one = explain(pack, result, args.what, matcher.read)
    if args.json:
        print(json.dumps(plain(one), ensure_ascii=False))
    else:
        if stored and result.pack != pack.ref:
            print(f"note: the event names pack {result.pack}; this is {pack.ref}")
        print("\n".join(lines(one)))
    return FOUND if one.grade else DONE


def _stored(what: str) -> str:
    """Return the JSON of an event's explanation; nothing where ``what`` is a text."""
    if what.lstrip().startswith("{"):
        return what
    if what.endswith(".json") and len(what) < 4096 and Path(what).is_file():
        try:
            return Path(what).read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise PackError(f"{what}: cannot be read as JSON text") from error
    return ""


def run_diff(args: argparse.Namespace) -> int:
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


def run_stats(args: argparse.Namespace) -> int:
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


def run_build(args: argparse.Namespace) -> int:
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
