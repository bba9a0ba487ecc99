"""What a sensor saw: text for the matcher, and signals for the ICT manager.

Neither type has an encoding and neither leaves the device: the runner turns them into
findings, with the account replaced by its pseudonym and the source left out
(DESIGN.md section 2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_wire.events import Channel


@dataclass(frozen=True, slots=True)
class Observation:
    """One piece of text, where it was seen and whose account it belongs to."""

    text: str = field(repr=False)
    channel: Channel
    account: str = field(repr=False)
    """As the operating system names it (``j.doe``, ``SCHOOL\\j.doe``); empty where unknown."""
    source: str = field(repr=False)
    """Path of the file, or of the browser profile. For the sensor's own book-keeping."""
    occurred_at: datetime
    key: str
    """32 hex digits over channel, source and text. The same text seen again at the same place,
    for example after the agent was killed before it could note its progress, has the same
    key: whoever stores findings can tell "again" from "another"."""


def observation(
    text: str, channel: Channel, *, account: str, source: str, occurred_at: datetime
) -> Observation:
    """Make an observation and its key."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (channel.value, source, text):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return Observation(text, channel, account, source, occurred_at, digest.hexdigest())


class SignalKind(StrEnum):
    """What a sensor can say beside text. None of it quotes a person."""

    FILE_UNINSPECTABLE = "file_uninspectable"
    """A document that cannot be read: encrypted, malformed, a bomb; detail says which."""
    DANGEROUS_DOWNLOAD = "dangerous_download"
    CIRCUMVENTION_TOOL = "circumvention_tool"
    """A VPN, proxy or anonymity tool was downloaded or runs."""
    HISTORY_CLEARED = "history_cleared"
    STORAGE_ARRIVED = "storage_arrived"
    TUNNEL_UP = "tunnel_up"
    """A network interface of a VPN carries traffic; detail says of which kind."""
    PRIVATE_WINDOW = "private_window"
    """A browser was used in a private window, which leaves no history."""
    NON_WORK_USE = "non_work_use"
    """The week's share of time that is not work is over the policy's threshold (11.a.9)."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something about the device or its monitoring that the ICT manager should know."""

    kind: SignalKind
    detail: str
    """Types, ids and reasons only: never a path, a title or a URL."""
    occurred_at: datetime
    account: str = field(default="", repr=False)
    """As the operating system names it; the runner replaces it by its pseudonym."""
    sha256: str = ""
    count: int = 1
    about: str = field(default="", repr=False)
    """What it is about, on the device only: the same told again, for example after the agent was
    killed before it could note its progress, is known by it. Empty: each telling is another."""


Emit = Callable[[Observation], None]
"""Takes an observation. Returning means that any finding from it is durably queued; raising
means that it is not, and the sensor will bring the observation again."""

Tell = Callable[[Signal], None]
"""Takes a signal, with the same promise."""
