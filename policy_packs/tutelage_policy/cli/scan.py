"""The verb ``scan``: what a pack makes of files, or of rows of JSON Lines."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.clock import today_and_now
from tutelage_policy.errors import PackError
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.model import AgeBand, Channel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from tutelage_policy.result import Result

DONE = 0
BATCH = 500


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add it to the parser of ``tutelage-pack``."""
    one = verbs.add_parser("scan", help="scan files, or JSON Lines on standard input")
    one.add_argument("--jsonl", action="store_true", help='rows {"id", "text"} in, results out')
    one.add_argument("--channel", type=Channel, default=Channel.FILE, choices=list(Channel))
    one.add_argument("--age-band", type=AgeBand, default=AgeBand.SECONDARY, choices=list(AgeBand))
    one.add_argument("files", nargs="*", type=Path, help="plain files, or JSON Lines with --jsonl")
    one.set_defaults(run=_scan)


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
        try:
            with file.open(encoding="utf-8") as lines:
                yield from lines
        except (OSError, UnicodeError) as error:
            raise PackError(f"{file}: cannot be read as UTF-8 text: {error}") from error


def _scan(args: argparse.Namespace) -> int:
    _, now = today_and_now()
    matcher = open_matcher(args.pack, default_cache())
    if not args.jsonl:
        for file in args.files:
            try:
                text = file.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                raise PackError(f"{file}: cannot be read: {error.strerror}") from error
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
