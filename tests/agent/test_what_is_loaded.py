"""The running agent loads what it runs with: each of these costs megabytes and runs elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tutelage_agent.cli import main
from tutelage_agent.posture import observers

PROGRAM = """
import json, sys
from tutelage_agent.cli.main import parser
parser("run")
from tutelage_agent import assembly
print(json.dumps(sorted(sys.modules)))
"""
ELSEWHERE = (
    "ahocorasick_rs", "concurrent.futures.process", "multiprocessing", "olefile", "plistlib",
    "pypdfium2", "striprtf", "webbrowser", "xml", "Xlib", "zipfile",
    "tutelage_agent.cli.check", "tutelage_agent.extract.office", "tutelage_agent.host.recorded",
)  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", ELSEWHERE)
def test_the_running_agent_does_not_load(loaded: set[str], module: str) -> None:
    if sys.platform == "darwin" and module in {"plistlib", "xml"}:
        pytest.skip("its own checks read property lists")
    assert module not in loaded


def test_checks_of_other_systems_are_not_loaded(loaded: set[str]) -> None:
    here = {"linux": "linux", "win32": "windows", "darwin": "macos"}[sys.platform]
    others = {f"tutelage_agent.posture.{one.value}" for one in observers.SYSTEMS} - {
        f"tutelage_agent.posture.{here}"
    }
    assert not others & loaded


@pytest.mark.parametrize("verb", [word for words in main._VERBS.values() for word in words])
def test_a_verb_is_found_in_the_module_that_has_it(verb: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main.parser(verb).parse_args([verb, "--help"])
    assert ended.value.code == 0


def test_a_settings_file_with_the_name_of_a_verb_is_not_one() -> None:
    assert main._asked(["--config", "run", "status"]) == "status"
    assert main._asked(["--help"]) == ""
    assert main._asked(["nonsense"]) == "nonsense"
