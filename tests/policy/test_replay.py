"""A stored result is a proof only if another process comes to the same one, bit for bit."""

from __future__ import annotations

import json
import subprocess
import sys

from replayed import TEXTS, sentences, stored
from tutelage_policy.build import plain, result_from

PROGRAM = """
import json, sys
from datetime import datetime
from tutelage_policy.build import load_pack, plain
from tutelage_policy.match import Matcher
rows = json.load(sys.stdin)
matcher = Matcher(load_pack(), sys.argv[2])
now = datetime.fromisoformat(sys.argv[1])
for result in matcher.scan_many(rows, now=now):
    print(json.dumps(plain(result), sort_keys=True))
"""


def test_a_thousand_results_replay_in_another_process_and_on_the_other_engine(shipped, now):
    texts = sentences(shipped.pack)
    here = stored(shipped.scan(text, now=now) for text in texts)
    assert sum(bool(json.loads(row)["matches"]) for row in here) > TEXTS // 2
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, now.isoformat(), "aho-corasick"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "77", "PATH": ""},
    )
    assert done.stdout.splitlines() == here


def test_a_stored_result_is_read_back_whole(shipped, now):
    result = shipped.scan(sentences(shipped.pack)[0], now=now)
    assert result_from(json.dumps(plain(result))) == result
