"""For all tests: one profile of hypothesis, and quick tests before slow ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# Without a deadline, because the machine is shared.
settings.register_profile(
    "tutelage", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("tutelage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is marked slow last, in its own order: a fault shows within a minute or two."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)
