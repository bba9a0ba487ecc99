"""Shared by all tests: hypothesis without a deadline, because the machine is shared."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "tutelage", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("tutelage")
