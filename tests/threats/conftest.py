"""Collectors of two trusts, for tests in which one of them is the attacker."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from live_collector import SCHOOL, TRUST, LiveCollector
from tutelage_collector import config, state
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ANY = config.Listen(enrol_port=0, link_port=0, web_port=0)


@pytest.fixture(scope="session")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """State folders of two collectors that call themselves by the same names."""
    parent = tmp_path_factory.mktemp("two")
    for name in ("ours", "rogue"):
        state.initialise(parent / name, TRUST, SCHOOL, times.utc_now(), _ANY)
    return parent / "ours", parent / "rogue"


@pytest.fixture
def collector(two: tuple[Path, Path], tmp_path: Path) -> Iterator[LiveCollector]:
    """The school's own."""
    with LiveCollector(shutil.copytree(two[0], tmp_path / "ours")) as live:
        yield live


@pytest.fixture
def rogue(two: tuple[Path, Path], tmp_path: Path) -> Iterator[LiveCollector]:
    """Somebody else's."""
    with LiveCollector(shutil.copytree(two[1], tmp_path / "rogue")) as live:
        yield live
