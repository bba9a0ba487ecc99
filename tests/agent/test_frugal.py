from __future__ import annotations

import io
import subprocess
import sys
import time

import psutil
import pytest

from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.extract.costs import AT_ONCE, SHARE, Costs
from tutelage_agent.host.frugal import NICE, Machine, Patience, Strain

IDLE, BATTERY, BUSY = Strain(False, 5.0), Strain(True, 5.0), Strain(False, 99.0)


class Pretended:
    def __init__(self, seen=IDLE):
        self.seen, self.now = seen, 1000.0
        self.patience = Patience(lambda: self.seen, lambda: self.now)

    def after(self, seconds):
        self.now += seconds
        return self.patience()


def test_large_work_waits_on_battery_and_under_load_and_says_why():
    machine = Pretended()
    assert machine.after(0) == ""
    machine.seen = BATTERY
    assert machine.after(10) == "on battery"
    machine.seen = BUSY
    assert machine.after(10) == "the processor is busy"
    machine.seen = IDLE
    assert machine.after(10) == ""


@pytest.mark.parametrize(("seen", "longest"), [(BATTERY, 900), (BUSY, 180)])
def test_no_wait_is_without_end(seen, longest):
    machine = Pretended(seen)
    waited = 0
    while machine.after(10):
        waited += 10
        assert waited <= longest
    assert machine.after(30) == "", "it then works for a while"
    assert machine.after(60), "and waits again"


def test_the_machine_itself_is_asked():
    look = Machine()
    assert look().processor_percent == 0.0, "there was no look before"
    time.sleep(0.3)
    assert 0 <= look().processor_percent <= 100


def test_what_the_agent_itself_uses_is_no_reason_to_wait():
    look = Machine()
    look()
    until = time.monotonic() + 1.0
    while time.monotonic() < until:
        pass
    busy = psutil.cpu_percent(interval=0.5)  # what others use meanwhile
    assert look().processor_percent < busy + 40


def test_a_budget_that_is_used_up_names_who_spent_it_and_fills_again():
    now = [0.0]
    costs = Costs(lambda: now[0])
    costs.add("docx", 2_000)
    assert costs.waits() == ""
    for _ in range(30):
        costs.add("pdf", 7_000)
    assert costs.waits() == (
        "the budget for reading is used up, most of it by pdf: 210 s for 30 files"
    )
    now[0] = (212 - AT_ONCE) / SHARE + 1
    assert costs.waits() == ""


def test_what_a_document_costs_is_counted_by_its_kind():
    with BoundedExtractor() as extractor:
        slow = b"{\\rtf1 " + b"\\u20013?" * 400_000 + b"}"
        extractor.extract(io.BytesIO(slow), "a.rtf")
        extractor.extract(io.BytesIO(b"text"), "a.txt")
        spent = dict(extractor.costs._milliseconds)
    assert spent["rtf"] > 50 > spent["text"]


@pytest.mark.skipif(sys.platform == "win32", reason="how POSIX counts")
def test_the_agent_gives_way_and_so_does_what_it_starts():
    code = (
        "from tutelage_agent.host.frugal import give_way; give_way(); give_way()\n"
        "import subprocess, sys\n"
        "child = 'import os; print(os.getpriority(os.PRIO_PROCESS, 0))'\n"
        "import psutil; print(psutil.Process().nice(), psutil.Process().ionice()[0].value)\n"
        "sys.stdout.flush(); subprocess.run([sys.executable, '-c', child])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    nice = max(NICE, psutil.Process().nice())
    assert said.stdout.split() == [str(nice), "3", str(nice)]
