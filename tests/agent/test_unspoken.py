"""What a crash leaves behind: real crashes of real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from processes import agent_command

SECRET = "what was being read"
CRASHES = {
    "main": f"raise OSError(2, 'gone', '/home/a/{SECRET}.txt')",
    "thread": f"threading.Thread(target=lambda: open('/nonexistent/{SECRET}')).start()",
    "release": f"""
class Held:
    def __del__(self):
        raise ValueError('{SECRET}')
Held()
""",
    "log": f"""
try:
    try:
        int('{SECRET}')
    except ValueError as error:
        raise KeyError('{SECRET}') from error
except KeyError:
    logging.getLogger('x').exception('a part failed')
""",
    "loop": f"""
async def fails():
    raise ValueError('{SECRET}')
async def main():
    unspoken.say_where_only_in(asyncio.get_running_loop())
    asyncio.create_task(fails())
    await asyncio.sleep(0.1)
    gc.collect()
asyncio.run(main())
""",
}
BEFORE = """
import asyncio, gc, logging, threading
from tutelage_agent import unspoken
lines = logging.StreamHandler()
lines.setFormatter(unspoken.Formatter('%(message)s'))
logging.basicConfig(handlers=[lines])
unspoken.leave_no_dump()
unspoken.say_where_only()
"""


def run(script, *, folder):
    return subprocess.run(
        [sys.executable, "-c", BEFORE + script], cwd=folder, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(CRASHES))
def test_an_error_is_told_by_its_kind_and_place_and_never_by_what_it_says(name, tmp_path):
    said = run(CRASHES[name], folder=tmp_path).stderr
    assert SECRET not in said
    assert "Error" in said
    assert "line " in said


@pytest.mark.skipif(sys.platform != "linux", reason="core files and /proc are Linux'")
@pytest.mark.parametrize("number", [6, 11])
def test_a_crash_writes_no_memory_and_tells_no_handler(number, tmp_path):
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
    asks = "import ctypes, os; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True); "
    ended = run(f"{asks}os.kill(os.getpid(), {number})", folder=tmp_path)
    assert ended.returncode == -number
    assert ended.stdout.strip() == "0", "PR_GET_DUMPABLE"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_neither_the_extraction_child_nor_the_agents_own_process_may_be_dumped(tmp_path):
    from tutelage_agent.extract.bounded import BoundedExtractor

    document = tmp_path / "a.txt"
    document.write_text("words")
    with BoundedExtractor() as extractor, document.open("rb", buffering=0) as stream:
        extractor.extract(stream, "a.txt")
        limits = Path(f"/proc/{extractor.child_process}/limits").read_text()
    assert _core(limits) == "0"


def _core(limits):
    return limits.partition("Max core file size")[2].split()[0]


def test_the_unit_keeps_memory_out_of_dumps_and_of_the_swap():
    from tutelage_agent.service import linux

    lines = linux._unit_text().splitlines()
    assert "LimitCORE=0" in lines
    assert "MemorySwapMax=0" in lines


def test_the_command_ends_over_an_unforeseen_error_without_its_message(tmp_path):
    settings = tmp_path / "agent.toml"
    settings.write_text(f'state_folder = "{tmp_path}/state"\n')
    (tmp_path / "state").mkdir()
    ended = subprocess.run(
        agent_command(settings, "run"), capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PYTHONFAULTHANDLER": "1"},
    )  # fmt: skip
    assert "not enrolled" in ended.stderr, "our own errors say what to do"
