"""What a message says. It cannot say more: it is given nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_collector.notify import quiet_words

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.store.records_quiet import QuietNews

_SOON = {5: " within 5 minutes", 4: " within 30 minutes", 3: " today"}
_DIGEST = 2


class DeliveryError(Exception):
    """A message did not get through. What it says is shown on pages: no address, no content."""

    def __init__(self, says: str, *, for_good: bool = False) -> None:
        """Say why; ``for_good`` = trying again would not help."""
        super().__init__(says)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person."""

    id: str
    """The same in every attempt, so that a receiver can drop a second copy."""
    grade: int
    """Of the most urgent alert that waits; 0 = a test, or about devices."""
    waiting: int
    """How many things wait for this person."""
    address: str
    """Where to open it."""
    sent_at: datetime
    quiet: QuietNews | None = None
    """It is about devices, and about no alert."""

    @property
    def kind(self) -> str:
        """What it is about, as programs read it: ``alert``, ``quiet``, ``test``."""
        return "quiet" if self.quiet else "alert" if self.grade else "test"

    @property
    def title(self) -> str:
        """One line."""
        if self.quiet:
            return f"Tutelage: {quiet_words.title(self.quiet)}"
        if not self.grade:
            return "Tutelage: a test message"
        if self.grade <= _DIGEST:
            return "Tutelage: the daily digest"
        if self.waiting > 1:
            return f"Tutelage: {self.waiting} alerts wait, the most urgent of grade {self.grade}"
        return f"Tutelage: an alert of grade {self.grade} waits"

    @property
    def text(self) -> str:
        """One sentence with the address."""
        if self.quiet:
            return f"{quiet_words.sentence(self.quiet)}: open {self.address}"
        if not self.grade:
            return f"This is a test: messages of Tutelage reach you. Nothing waits. {self.address}"
        if self.grade <= _DIGEST:
            what = "1 entry waits" if self.waiting == 1 else f"{self.waiting} entries wait"
            return f"The daily digest: {what}: open {self.address}"
        if self.waiting > 1:
            return (
                f"{self.waiting} alerts wait, the most urgent of grade {self.grade}: "
                f"open {self.address}"
            )
        return f"An alert of grade {self.grade} waits: open {self.address}"

    @property
    def body(self) -> str:
        """The sentence, and what to do, for e-mail and chat."""
        if self.quiet:
            return (
                f"{self.text}\n\n{quiet_words.remedy(self.quiet)}\n"
                "This message holds no names, on purpose.\n"
            )
        if not self.grade:
            return self.text
        look = f"Somebody should look{_SOON[self.grade]}. " if self.grade in _SOON else ""
        return (
            f"{self.text}\n\n{look}Acknowledge it on the page and nobody further is told.\n"
            "This message holds no content and no names, on purpose.\n"
        )
