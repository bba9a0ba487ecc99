"""What the README quotes of the programs is what they print."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("tutelage-agent", "tutelage-collector", "tutelage-pack")


def help_of(program: str) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / program), "--help"],
        env={"COLUMNS": "90", "PATH": "/usr/bin:/bin", "PYTHON_COLORS": "0", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="argparse words differ by version")
def test_the_readme_quotes_what_help_prints(program):
    readme = (ROOT / "README.md").read_text()
    quoted = re.search(rf"<!-- help:{program} -->\n```\n(.*?)\n```", readme, re.DOTALL)
    assert quoted is not None, f"README.md: no help text of {program}"
    assert quoted[1].strip() == help_of(program), "run: python tests/test_readme.py"


def test_every_top_folder_has_its_newcomers_page():
    for folder in ("agent", "collector", "protos", "policy_packs", "packaging", "tests"):
        assert (ROOT / folder / "README.md").is_file(), folder


def rewrite() -> None:
    text = (ROOT / "README.md").read_text()
    for name in PROGRAMS:
        mark = f"<!-- help:{name} -->\n"
        pattern = re.compile(re.escape(mark) + r"(```\n.*?\n```\n)?", re.DOTALL)
        block = f"{mark}```\n{help_of(name)}\n```\n"
        text = pattern.sub(block.replace("\\", r"\\"), text)
    (ROOT / "README.md").write_text(text)


if __name__ == "__main__":
    rewrite()
