from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from screens import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    made = Screen(tmp_path / "screen.log", manager=True)
    yield made
    made.close()
