"""Recipients of sealed excerpts, and content keys that were shared later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from tutelage_wire import keys

if TYPE_CHECKING:
    from datetime import datetime


RecordId = NewType("RecordId", str)
"""What is sealed: an event's id, or ``concern/CONCERN/ENTRY``."""


class RecipientKind(StrEnum):
    """Why somebody is a recipient."""

    DSL = "dsl"
    DEPUTY = "deputy"
    HEAD = "head"
    """Reads what is written about staff; devices seal nothing to this key."""
    RECOVERY = "recovery"
    """Nobody's: printed on cards, two of which make it whole again."""


class KeyState(StrEnum):
    """What a recipient's key is for."""

    OFFERED = "offered"
    """Made by its holder; another holder has not let it in yet."""
    ACTIVE = "active"
    """Devices seal to it."""
    REPLACED = "replaced"
    """Devices no longer seal to it; it still opens what was sealed to it."""
    REMOVED = "removed"
    """The collector keeps nothing that it opens but what devices signed."""


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """One key of one recipient. The collector never has its private half in clear."""

    name: str
    kind: RecipientKind
    school: str
    """"" = every school of the trust."""
    public_key: bytes
    """Raw X25519, 32 bytes."""
    browser_key: str
    """JSON: the private half under the holder's passphrase, for browsers; "" = held elsewhere."""
    state: KeyState
    added_at: datetime
    ended_at: datetime | None = None

    @property
    def key_id(self) -> str:
        """The name of the key, 16 hex digits."""
        return keys.key_id(self.public_key).hex()

    def serves(self, school: str | None) -> bool:
        """Tell whether it is a recipient of a school; None = of any."""
        return school is None or self.school in ("", school)


@dataclass(frozen=True, slots=True)
class SharedKey:
    """The content key of something sealed, for a recipient that it was not sealed to."""

    record: RecordId
    key_id: str
    wrapped_key: bytes
    by_key_id: str
    """Whose key opened it, so that it could be shared."""
    at: datetime
