"""One small pack for the engine's own behaviour, and the pack that ships, built once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from small_pack import small_pack
from tutelage_policy.build import load_pack
from tutelage_policy.match import Matcher

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def small() -> Matcher:
    return Matcher(small_pack())


@pytest.fixture(scope="session")
def shipped() -> Matcher:
    return Matcher(load_pack())
