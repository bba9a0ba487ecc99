"""``tutelage-pack``: lint, test, scan, explain, diff, stats and build a policy pack."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack
from tutelage_policy.cli_more import (
    add_commands,
    run_build,
    run_diff,
    run_explain,
    run_stats,
)
from tutelage_policy.clock import today_and_now
from tutelage_policy.errors import PackError
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.lint import lint, run_examples
from tutelage_policy.model import AgeBand, Channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutelage_policy.result import Result

DONE, FOUND, MISUSE = 0, 1, 2
BATCH = 500


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``tutelage-pack``; return 0 done, 1 found something to mend, 2 misuse."""
    parser = argparse.ArgumentParser(prog="tutelage-pack", description=__doc__)
    parser.add_argument(
        "--pack", type=Path, help="folder of the pack (default: the one that ships)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("lint", help="check the pack against the rules of the house")
    one.add_argument("--json", action="store_true", help="faults as JSON")
    one.add_argument("--only", default="", help="only rules whose id begins with this")
    two = commands.add_parser("test", help="run every rule's own examples")
    two.add_argument("--json", action="store_true", help="failures as JSON")
    two.add_argument("--only", default="", help="only rules whose id begins with this")
    three = commands.add_parser("scan", help="scan files, or JSON Lines on standard input")
    three.add_argument("--jsonl", action="store_true", help='rows {"id", "text"} in, results out')
    three.add_argument("--channel", type=Channel, default=Channel.FILE, choices=list(Channel))
    three.add_argument("--age-band", type=AgeBand, default=AgeBand.SECONDARY, choices=list(AgeBand))
    three.add_argument(
        "files", nargs="*", type=Path, help="plain files, or JSON Lines with --jsonl"
    )
    add_commands(commands)
    args = parser.parse_args(argv)
    run = {
        "lint": _lint,
        "test": _test,
        "scan": _scan,
        "explain": run_explain,
        "diff": run_diff,
        "stats": run_stats,
        "build": run_build,
    }
    try:
        return run[args.command](args)
    except PackError as error:
        print(f"tutelage-pack: {error}", file=sys.stderr)
        return MISUSE
    except BrokenPipeError:
        return DONE


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
    failures = [f for f in run_examples(pack, now, matcher) if f.rule.startswith(args.only)]
    count = sum(len(r.matches) + len(r.ignores) for r in pack.rules)
    return _say(
        failures, f"{pack.ref}: {count} examples of {len(pack.rules)} rules pass", as_json=args.json
    )


def _row(name: str, result: Result) -> str:
    return json.dumps(
        {
            "id": name,
            "grade": result.grade,
            "score": result.score,
            "lane": result.lane,
            "matches": [{"rule": m.rule, "start": m.start, "end": m.end} for m in result.matches],
        }
    )


def _lines(files: Sequence[Path]) -> Iterable[str]:
    if not files:
        yield from sys.stdin
    for file in files:
        with file.open(encoding="utf-8") as lines:
            yield from lines


def _scan(args: argparse.Namespace) -> int:
    _, now = today_and_now()
    matcher = open_matcher(args.pack, default_cache())
    if not args.jsonl:
        for file in args.files:
            text = file.read_text(encoding="utf-8", errors="replace")
            print(_row(str(file), matcher.scan(text, args.channel, args.age_band, now=now)))
        return DONE
    waiting: list[tuple[str, str]] = []
    kind = (args.channel, args.age_band)

    def flush() -> None:
        results = matcher.scan_many([text for _, text in waiting], *kind, now=now)
        for (name, _), result in zip(waiting, results, strict=True):
            print(_row(name, result))
        waiting.clear()

    for line in _lines(args.files):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            own = (
                Channel(row.get("channel", args.channel)),
                AgeBand(row.get("age_band", args.age_band)),
            )
            text, name = str(row["text"]), str(row["id"])
        except (ValueError, KeyError, AttributeError) as error:
            raise PackError(f'a row is not {{"id", "text"}}: {error}') from error
        if own != kind or len(waiting) >= BATCH:
            flush()
            kind = own
        waiting.append((name, text))
    flush()
    return DONE
