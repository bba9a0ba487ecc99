"""Runs inside Windows' Python: replay.py PACK TEXTS NOW; writes ENGINE.lines beside TEXTS."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path

from tutelage_policy.build import load_pack, plain
from tutelage_policy.match import Matcher


def main(folder: str, rows: str, moment: str) -> None:
    pack, now = load_pack(Path(folder)), datetime.fromisoformat(moment)
    texts = json.loads(Path(rows).read_bytes())
    for engine in ("hyperscan", "aho-corasick"):
        results = Matcher(pack, engine).scan_many(texts, now=now)
        lines = [json.dumps(plain(result), sort_keys=True) for result in results]
        Path(rows).with_name(f"{engine}.lines").write_bytes("\n".join(lines).encode())
    print(sys.platform)


main(*sys.argv[1:])
