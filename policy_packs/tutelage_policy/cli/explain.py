"""The verb ``explain``: why a text, or a stored event, got its grade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack, plain, result_from
from tutelage_policy.clock import today_and_now
from tutelage_policy.errors import PackError
from tutelage_policy.explain import explain, lines
from tutelage_policy.image import default_cache, open_matcher
from tutelage_policy.model import AgeBand, Channel

if TYPE_CHECKING:
    import argparse

DONE, FOUND = 0, 1


def add_parsers(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add it to the parser of ``tutelage-pack``."""
    one = verbs.add_parser("explain", help="why a text, or a stored event, got its grade")
    one.add_argument(
        "what", metavar="TEXT|EVENT", help="a text, or the explanation of an event (JSON or file)"
    )
    one.add_argument("--channel", type=Channel, default=Channel.FILE, choices=list(Channel))
    one.add_argument("--age-band", type=AgeBand, default=AgeBand.SECONDARY, choices=list(AgeBand))
    one.add_argument("--json", action="store_true", help="as JSON")
    one.set_defaults(run=_explain)


def _explain(args: argparse.Namespace) -> int:
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
