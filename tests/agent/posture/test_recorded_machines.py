"""Every check on every recorded machine says what the recording says it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import recorded_host
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.posture import CHECKS

if TYPE_CHECKING:
    from pathlib import Path

MACHINES = recorded_host.machines()


@pytest.mark.parametrize("folder", MACHINES, ids=lambda folder: folder.name)
def test_every_recorded_machine_is_judged_as_expected(folder: Path) -> None:
    host = RecordedHost(folder)
    assert recorded_host.said(recorded_host.judge(host)) == dict(recorded_host.expected(host))


@pytest.mark.parametrize("folder", MACHINES, ids=lambda folder: folder.name)
def test_every_recorded_machine_expects_a_verdict_of_every_check(folder: Path) -> None:
    assert set(recorded_host.expected(RecordedHost(folder))) == {check.id for check in CHECKS}


@pytest.mark.parametrize("folder", MACHINES, ids=lambda folder: folder.name)
def test_a_recorded_machine_is_files_only_and_says_where_it_comes_from(folder: Path) -> None:
    assert not list(folder.rglob("*.py"))
    machine = RecordedHost(folder).machine
    assert machine.title
    assert len(machine.made_from) > 20
