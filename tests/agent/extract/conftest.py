"""One bounded extractor for the tests that only need any, and the builders on the path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tutelage_agent.extract.bounded import BoundedExtractor

if TYPE_CHECKING:
    from collections.abc import Iterator

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def extractor() -> Iterator[BoundedExtractor]:
    with BoundedExtractor() as made:
        yield made
