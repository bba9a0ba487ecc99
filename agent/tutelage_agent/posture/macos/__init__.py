"""What posture looks like on macOS: parsers (pure, importable everywhere) and observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

OBSERVERS: Mapping[str, Callable[[Host], tuple[Observation, ...]]] = {}
"""Check id -> how to look."""
