"""What ``tutelage-agent status`` shows: written by the running agent, read by anyone allowed.

Numbers, states and reasons only: nothing that a person wrote, and no names.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from tutelage_agent.durable import write_private

if TYPE_CHECKING:
    from pathlib import Path

STATUS_FILE = "status.json"


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One sensor, as its report says."""

    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgentStatus:
    """The agent at one moment. Times are ISO 8601 in UTC, "" = never."""

    written_at: str
    process: int
    version: str
    device_id: str
    profile: str
    collector: str
    connected: bool
    last_error: str
    last_checkpoint_at: str
    clock_offset_ms: int
    spool_events: int
    spool_bytes: int
    epoch: int
    key_protection: str
    pack: str
    policy: str
    """Which policy is in force, and until when."""
    context_kept: int = 0
    """Findings of which more of the text is kept here, sealed."""
    context_until: str = ""
    """When the last of it is deleted."""
    checks: dict[str, int] = field(default_factory=dict)
    """Judgements of the school's own profile, by status."""
    sensors: list[SensorStatus] = field(default_factory=list)
    self_tests: dict[str, str] = field(default_factory=dict)
    """How each kind of self-test went last, in words."""


def write(folder: Path, status: AgentStatus) -> None:
    """Replace the status file.

    Raises:
        OSError: it cannot be written.
    """
    write_private(folder / STATUS_FILE, json.dumps(asdict(status), indent=2).encode())


def read(folder: Path) -> AgentStatus | None:
    """Return what the agent last wrote, or None where it never did."""
    try:
        row = json.loads((folder / STATUS_FILE).read_text(encoding="utf-8"))
        row["sensors"] = [SensorStatus(**one) for one in row["sensors"]]
        return AgentStatus(**row)
    except (OSError, ValueError, TypeError, KeyError):
        return None
