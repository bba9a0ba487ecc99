"""How far a history was read, as the cursor keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """The number up to which rows were looked at, and the last visit of this device among them."""

    number: int = 0
    """0 = the history is new."""
    visit: int = 0
    at: datetime | None = None
    """When that visit was; None = not known. If it is gone or another, the history was changed."""

    @classmethod
    def read(cls, text: str | None) -> Reached:
        """Return what ``text`` wrote; what an older agent wrote has a number only."""
        if not text:
            return cls()
        number, visit, at = (*text.split(" "), "", "")[:3]
        try:
            moment = datetime.fromisoformat(at) if at else None
            return cls(int(number), int(visit or 0), moment and moment.astimezone(UTC))
        except ValueError:
            return cls()

    def text(self) -> str:
        """Return it as one line without a word of what was visited."""
        return f"{self.number} {self.visit} {self.at.isoformat() if self.at else ''}"
