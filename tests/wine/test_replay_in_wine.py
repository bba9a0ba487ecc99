"""What was stored on Linux, Windows' Python comes to again, bit for bit, on either engine."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import parts
import tutelage_policy
from replayed import TEXTS, sentences, stored
from tutelage_policy.build import load_pack
from tutelage_policy.match import Matcher
from tutelage_policy.pack import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture
def app() -> Iterator[Path]:
    """Give Windows' program folder, with the engine and the pack that ships in it."""
    python = parts.need("wine")
    app = python.parent / "prefix/drive_c/app"
    for wheel in ("hyperscan", "ahocorasick_rs"):
        if not (app / "Lib/site-packages" / wheel).is_dir():
            parts.missing(f"no {wheel} in {app}: run .ci/wine as root again")
    room = app / "replay"
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    source = Path(str(tutelage_policy.__file__)).parent
    shutil.rmtree(app / "src" / source.name, ignore_errors=True)
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, app / "src" / source.name, ignore=leave)
    shutil.copytree(shipped(), room / "kcsie", ignore=leave)
    shutil.copy(Path(__file__).with_name("replay.py"), room)
    yield app
    shutil.rmtree(room)
    subprocess.run([str(python.with_name("stop"))], check=False, timeout=60)


@pytest.mark.slow
def test_a_thousand_stored_results_replay_on_windows(app):
    pack = load_pack()
    texts = sentences(pack)
    here = stored(Matcher(pack).scan_many(texts, now=NOW))
    assert len(here) == TEXTS
    assert sum(bool(json.loads(row)["matches"]) for row in here) > TEXTS // 2
    room = app / "replay"
    (room / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    done = subprocess.run(
        [
            str(parts.need("wine")),
            "C:\\app\\replay\\replay.py",
            "C:\\app\\replay\\kcsie",
            "C:\\app\\replay\\texts.json",
            NOW.isoformat(),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    assert done.stdout.decode().split() == ["win32"]
    for engine in ("hyperscan", "aho-corasick"):
        there = (room / f"{engine}.lines").read_bytes().decode().split("\n")
        assert there == here, engine
