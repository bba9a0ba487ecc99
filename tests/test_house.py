"""The house stays easy to see: small rooms, no notes to ourselves, no hosts of registries."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_LINES = 400


def tracked(*patterns: str) -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [ROOT / name for name in done.stdout.split("\0") if name]


def test_no_file_of_code_is_longer_than_its_bound():
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked("*.py", "*.js", "*.css", "*.html")
        if "_pb2" not in path.name
        and path.is_file()
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert not long, f"two jobs in one room: {long}"


def test_nobody_patches_and_nothing_is_left_undone():
    bad = ["mock" + ".patch", "TODO", "FIXME", "XXX"]
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked("agent/**/*.py", "collector/**/*.py", "protos/**/*.py", "tests/**/*.py")
        if "_pb2" not in path.name and path != Path(__file__) and path.is_file()
        for word in bad
        if word in path.read_text(encoding="utf-8")
    ]
    assert not found, found
