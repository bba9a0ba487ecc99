"""Bytes and rules do not import each other, and yet mean the same by the same words."""

from __future__ import annotations

import pytest

from tutelage_policy import model as policy
from tutelage_wire import events as wire


@pytest.mark.parametrize("name", ["RiskArea", "Channel", "AgeBand", "Lane", "Route"])
def test_both_agreements_use_the_same_closed_sets(name):
    values = [{one.value for one in getattr(module, name)} for module in (policy, wire)]
    assert values[0] == values[1]
