"""What posture looks like on Linux: parsers (pure, importable everywhere) and observers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.posture.linux import disk, password

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

OBSERVERS: Mapping[str, Callable[[Host], tuple[Observation, ...]]] = {
    "password.policy": password.observe_policy,
    "password.present": password.observe_present,
    "password.auto_sign_in": password.observe_auto_sign_in,
    "password.lockout": password.observe_lockout,
    "disk.system": disk.observe_system,
    "disk.data": disk.observe_data,
}
"""Check id -> how to look."""
