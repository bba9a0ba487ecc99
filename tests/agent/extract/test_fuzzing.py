from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_extract.py"


def test_some_seconds_of_broken_documents_break_nothing(tmp_path):
    """The long form is ``fuzz_extract.py``: ten minutes, any seed."""
    words = ["--seconds", "6", "--keep", str(tmp_path)]
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "ratio:" in ran.stdout
